#pragma once

namespace rampart::loadgen {

// A doubly linked list through a member of its elements: no allocation, O(1) removal. Elements must
// outlive their membership; one element is in one list at a time.
template <class T>
struct ListLink {
  T* previous = nullptr;
  T* next = nullptr;
};

template <class T, ListLink<T> T::* kLink>
class IntrusiveList {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] T* front() const { return head_; }

  void push_back(T& element) {
    auto& link = element.*kLink;
    link.previous = tail_;
    link.next = nullptr;
    if (tail_ != nullptr)
      (tail_->*kLink).next = &element;
    else
      head_ = &element;
    tail_ = &element;
  }

  void remove(T& element) {
    auto& link = element.*kLink;
    if (link.previous != nullptr)
      (link.previous->*kLink).next = link.next;
    else
      head_ = link.next;
    if (link.next != nullptr)
      (link.next->*kLink).previous = link.previous;
    else
      tail_ = link.previous;
    link = {};
  }

  // Whether the element is in this list; it must be in no other by the same link.
  [[nodiscard]] bool holds(const T& element) const {
    return (element.*kLink).previous != nullptr || head_ == &element;
  }

  T* pop_front() {
    T* element = head_;
    if (element != nullptr) remove(*element);
    return element;
  }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
};

}  // namespace rampart::loadgen
