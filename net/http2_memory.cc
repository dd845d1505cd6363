#include "net/http2_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace rampart::net {

Http2Memory::~Http2Memory() {
  for (auto* head : free_)
    while (head != nullptr) {
      auto* next = head->next;
      ::operator delete(head);
      head = next;
    }
}

void* Http2Memory::allocate(std::size_t size) noexcept {
  if (size > SIZE_MAX / 2) return nullptr;
  std::size_t room = std::max<std::size_t>(size, 1);
  if (room <= kLargest) {
    room = (room + kStep - 1) / kStep * kStep;
    auto*& list = free_[room / kStep - 1];
    if (list != nullptr) {
      auto* head = list;
      list = head->next;
      return head + 1;
    }
  }
  auto* head = static_cast<Head*>(::operator new(sizeof(Head) + room, std::nothrow));
  if (head == nullptr) return nullptr;
  head->size = room;
  return head + 1;
}

void* Http2Memory::allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > SIZE_MAX / 2 / size) return nullptr;
  void* out = allocate(count * size);
  if (out != nullptr) std::memset(out, 0, count * size);
  return out;
}

void* Http2Memory::reallocate(void* block, std::size_t size) noexcept {
  if (block == nullptr) return allocate(size);
  const auto room = (static_cast<Head*>(block) - 1)->size;
  if (size <= room) return block;
  void* out = allocate(size);
  if (out == nullptr) return nullptr;
  std::memcpy(out, block, room);
  release(block);
  return out;
}

void Http2Memory::release(void* block) noexcept {
  if (block == nullptr) return;
  auto* head = static_cast<Head*>(block) - 1;
  if (head->size > kLargest) {
    ::operator delete(head);
    return;
  }
  auto*& list = free_[head->size / kStep - 1];
  head->next = list;
  list = head;
}

}  // namespace rampart::net
