// The node of the shared-object benchmark, without limits that the benchmark would meet, and with a
// method that returns its argument.
//
// Usage: object_node
// Prints {"port": N}; ends with its standard input.

#include <cstdio>
#include <iostream>

#include "multiconnection/node.hpp"
#include "object_wire.hpp"

namespace mc = multiconnection;

int main() {
  mc::benchmark::allowManySockets();
  mc::NodeOptions options;
  options.port = 0;
  options.maxClients = 10000;
  options.maxCommandsPerSecond = 100'000'000;
  options.sharedObjects.maxEventsPerSecond = 100'000'000;
  mc::Node node(options);
  const auto echo = [](const mc::NodeCall& call) -> mc::Result<mc::AmfValue> {
    return call.arguments.empty() ? mc::AmfValue() : call.arguments.front();
  };
  if (auto done = node.registerMethod(mc::benchmark::kMethod, echo); !done) return 1;
  if (auto started = node.start(); !started) {
    std::cerr << "object_node: " << started.error() << '\n';
    return 1;
  }
  std::printf("{\"port\": %d}\n", node.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
