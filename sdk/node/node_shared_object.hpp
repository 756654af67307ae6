#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "multiconnection/node_shared_object.hpp"
#include "node/object_port.hpp"

namespace multiconnection {

/// One handle; its destructor closes it.
class NodeSharedObject::Impl {
 public:
  struct Self {
    node::ObjectKey key;
    std::uint64_t handle;
  };
  using Step = std::function<void(const Self&, node::SharedObjects&, node::ObjectActions&)>;

  Impl(std::shared_ptr<node::ObjectPort> port, node::ObjectKey key);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> open(bool persistent);
  Result<void> post(Step step);
  Result<void> write(bool clears, std::vector<node::SharedObject::Event> events,
                     DoneHandler onDone);

 private:
  const std::shared_ptr<node::ObjectPort> port_;
  const node::ObjectKey key_;
  const std::uint64_t handle_;
};

}  // namespace multiconnection
