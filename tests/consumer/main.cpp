// What an application of the installed or embedded SDK does first: an array that cannot be
// connected to says so, and its slots end. Compiled as C++17.
#include <chrono>
#include <future>
#include <iostream>
#include <multiconnection/multiconnection.hpp>

namespace mc = multiconnection;

int main() {
  static_assert(__cplusplus < 202002L, "users need no more than C++17");
  std::promise<mc::StatusCode> verdict;
  mc::MultiConnection array;
  array.onStatus([&verdict](const mc::StatusEvent& event) {
    std::cout << mc::kVersionString << ": " << event << '\n';
    if (event.code != mc::StatusCode::Closed) verdict.set_value(event.code);
  });
  if (array.connect({})) return 1;
  // Port 1 of this machine: nobody listens there.
  if (auto result = array.connect({"rtmp://127.0.0.1:1/live"}); !result) {
    std::cerr << result.error() << '\n';
    return 1;
  }
  auto outcome = verdict.get_future();
  if (outcome.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return 1;
  return outcome.get() == mc::StatusCode::SetupFailed ? 0 : 1;
}
