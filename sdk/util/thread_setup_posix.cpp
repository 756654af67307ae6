#include <pthread.h>
#include <signal.h>

#include <initializer_list>

#include "util/thread_setup.hpp"

namespace multiconnection::util {

void setUpThread(const char* name) noexcept {
  sigset_t all;
  sigfillset(&all);
  // These come from the thread's own faults; blocking them would hide the fault's place.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
    sigdelset(&all, fault);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), name);
#else
  static_cast<void>(name);
#endif
}

}  // namespace multiconnection::util
