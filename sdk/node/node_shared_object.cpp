#include "multiconnection/node_shared_object.hpp"

#include <utility>

#include "node/node_shared_object.hpp"

namespace multiconnection {
namespace {

using node::ObjectActions;
using node::SharedObjects;
using Event = node::SharedObject::Event;
using EventType = node::SharedObject::EventType;

Result<void> checkSlot(const std::string& slot) {
  constexpr std::size_t kMost = 0xFFFF;
  if (!slot.empty() && slot.size() <= kMost) return {};
  return Error{Errc::InvalidArgument,
               "a slot's name has " + std::to_string(slot.size()) + " bytes, it has 1 to 65535"};
}

}  // namespace

NodeSharedObject::Impl::Impl(std::shared_ptr<node::ObjectPort> port, node::ObjectKey key)
    : port_(std::move(port)), key_(std::move(key)), handle_(port_->nextHandle()) {}

NodeSharedObject::Impl::~Impl() {
  static_cast<void>(
      port_->post([key = key_, handle = handle_](SharedObjects& objects, ObjectActions& out) {
        objects.close(key, handle, out);
      }));
}

Result<void> NodeSharedObject::Impl::open(bool persistent) {
  return post([persistent](const Self& self, SharedObjects& objects, ObjectActions& out) {
    objects.open(self.key, persistent, self.handle, out);
  });
}

Result<void> NodeSharedObject::Impl::post(Step step) {
  return port_->post([self = Self{key_, handle_}, step = std::move(step)](
                         SharedObjects& objects, ObjectActions& out) { step(self, objects, out); });
}

Result<void> NodeSharedObject::Impl::write(bool clears, std::vector<Event> events,
                                           DoneHandler onDone) {
  for (const Event& event : events) {
    if (auto checked = checkSlot(event.name); !checked) return checked;
  }
  return post([clears, events = std::move(events), onDone = std::move(onDone)](
                  const Self& self, SharedObjects& objects, ObjectActions& out) {
    objects.write(self.key, self.handle, clears, events, onDone, out);
  });
}

NodeSharedObject::NodeSharedObject(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<void> NodeSharedObject::set(const std::string& slot, AmfValue value, DoneHandler onDone) {
  return impl_->write(false, {{EventType::RequestChange, slot, std::move(value), {}, {}}},
                      std::move(onDone));
}

Result<void> NodeSharedObject::set(const AmfObject& slots, DoneHandler onDone) {
  std::vector<Event> events;
  for (const auto& [slot, value] : slots) {
    events.push_back({EventType::RequestChange, slot, value, {}, {}});
  }
  return impl_->write(false, std::move(events), std::move(onDone));
}

Result<void> NodeSharedObject::remove(const std::string& slot, DoneHandler onDone) {
  return impl_->write(false, {{EventType::RequestRemove, slot, {}, {}, {}}}, std::move(onDone));
}

Result<void> NodeSharedObject::clear(DoneHandler onDone) {
  return impl_->write(true, {}, std::move(onDone));
}

Result<void> NodeSharedObject::send(const std::string& handler, std::vector<AmfValue> arguments) {
  return impl_->write(false, {{EventType::SendMessage, handler, {}, std::move(arguments), {}}}, {});
}

Result<void> NodeSharedObject::read(ReadHandler onRead) {
  return impl_->post(
      [onRead = std::move(onRead)](const auto& self, SharedObjects& objects, ObjectActions& out) {
        objects.read(self.key, self.handle, onRead, out);
      });
}

Result<void> NodeSharedObject::lock() {
  return impl_->post([](const auto& self, SharedObjects& objects, ObjectActions& out) {
    objects.lock(self.key, self.handle, out);
  });
}

Result<void> NodeSharedObject::unlock() {
  return impl_->post([](const auto& self, SharedObjects& objects, ObjectActions& out) {
    objects.unlock(self.key, self.handle, out);
  });
}

}  // namespace multiconnection
