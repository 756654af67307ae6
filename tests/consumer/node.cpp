// The embedded server, from its installed library. Compiled as C++17.
#include <iostream>
#include <multiconnection/node.hpp>

int main() {
  multiconnection::NodeOptions options;
  options.port = 0;
  multiconnection::Node node(options);
  if (auto result = node.start(); !result) {
    std::cerr << result.error() << '\n';
    return 1;
  }
  std::cout << "port " << node.port() << '\n';
  return node.port() != 0 ? 0 : 1;
}
