#include "client/shared_object_client.hpp"
#include "multiconnection/shared_object.hpp"

namespace multiconnection {

using shared_object::Mirror;

MultiSharedObject::MultiSharedObject(std::shared_ptr<client::SharedObjectClient> client)
    : client_(std::move(client)) {}

const std::string& MultiSharedObject::name() const { return client_->mirror().name(); }
Persistence MultiSharedObject::persistence() const { return client_->mirror().persistence(); }

Result<void> MultiSharedObject::set(std::string slot, AmfValue value) {
  return client_->set({{std::move(slot), std::move(value)}});
}
Result<void> MultiSharedObject::set(const AmfObject& slots) {
  return client_->set({slots.begin(), slots.end()});
}
Result<void> MultiSharedObject::remove(std::string slot) {
  return client_->set({{std::move(slot), AmfValue()}});
}
Result<void> MultiSharedObject::clear() { return client_->clear(); }
Result<void> MultiSharedObject::send(const std::string& handler,
                                     const std::vector<AmfValue>& arguments) {
  return client_->send(handler, arguments);
}

AmfValue MultiSharedObject::get(const std::string& slot) const {
  return client_->mirror().read([&](const Mirror& mirror) { return mirror.get(slot); });
}
AmfObject MultiSharedObject::data() const {
  return client_->mirror().read([](const Mirror& mirror) { return mirror.data(); });
}
std::vector<SharedObjectReport> MultiSharedObject::servers() const {
  return client_->mirror().reports();
}
std::vector<std::string> MultiSharedObject::divergent() const {
  return client_->mirror().read([](const Mirror& mirror) { return mirror.divergent(); });
}
std::size_t MultiSharedObject::bytes() const {
  return client_->mirror().read([](const Mirror& mirror) { return mirror.bytes(); });
}

boost::signals2::connection MultiSharedObject::onSync(const SyncSlot& slot) {
  return client_->onSync(slot);
}
boost::signals2::connection MultiSharedObject::onStatus(const SharedObjectStatusSlot& slot) {
  return client_->mirror().hub.onStatus(slot);
}
void MultiSharedObject::onMessage(const std::string& handler, SharedMessageHandler onMessage) {
  client_->mirror().hub.onMessage(handler, std::move(onMessage));
}

void MultiSharedObject::close() { client_->close(); }
bool MultiSharedObject::isClosed() const { return client_->isClosed(); }

}  // namespace multiconnection
