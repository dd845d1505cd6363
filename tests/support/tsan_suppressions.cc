// What the thread sanitizer gets wrong in libraries. Compiled into tests with threads; does nothing
// in other builds.
#if defined(__SANITIZE_THREAD__)

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return
      // moodycamel::ReaderWriterQueue orders its two threads by fences, which the sanitizer does
      // not know. Only the queue's own slots: runner::Ring tells it about what they point to.
      "race:moodycamel::ReaderWriterQueue\n"
      // libuv closes descriptors past the sanitizer's interceptor, which then takes the next
      // descriptor of the same number for the old one.
      "race:interceptor_epoll_ctl\n";
}

#endif
