// What an application of the installed or embedded SDK does first. Compiled as C++17.
#include <iostream>
#include <multiconnection/multiconnection.hpp>

namespace mc = multiconnection;

int main() {
  static_assert(__cplusplus < 202002L, "users need no more than C++17");
  const mc::Error error(mc::make_error_code(mc::Errc::InvalidArgument), "as expected");
  std::cout << "MultiConnection " << mc::kVersionString << ": " << error << '\n';
  return error.code == mc::Errc::InvalidArgument ? 0 : 1;
}
