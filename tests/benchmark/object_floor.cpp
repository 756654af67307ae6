// The floor of the shared-object benchmark: for each message of a fixed size it sends the bytes
// that a node sends, over as many sockets, and does nothing else but count in them.
//
// Usage: object_floor
// Prints {"port": N}; ends with its standard input.

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <map>
#include <unordered_map>
#include <vector>

#include "object_wire.hpp"

namespace {

using namespace multiconnection::benchmark;
using multiconnection::Bytes;
using Type = multiconnection::rtmp::SharedObjectEventType;

struct Client {
  char role = 0;
  char object = 0;
  std::size_t left = 0;  ///< Bytes of an unfinished message.
};

struct Object {
  std::vector<int> subscribers;
  double value = kFirstValue - 1;  ///< The last one told.
};

class Floor {
 public:
  Floor() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    watchReadable(epoll_, listener_);
    watchReadable(epoll_, STDIN_FILENO);
    listenAndTell(listener_);
  }

  void run() {
    while (true) {
      std::array<epoll_event, 256> events;
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == STDIN_FILENO) return;
        if (descriptor == listener_) {
          acceptAll();
        } else {
          onReadable(descriptor);
        }
      }
    }
  }

 private:
  void acceptAll() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      sendAtOnce(socket);
      std::array<char, 2> role{};
      check(::recv(socket, role.data(), role.size(), MSG_WAITALL) == 2, "role");
      clients_[socket] = {role[0], role[1], 0};
      if (role[0] == kSubscriber) objects_[role[1]].subscribers.push_back(socket);
      watchReadable(epoll_, socket);
    }
  }

  void onReadable(int socket) {
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) {
      ::close(socket);
      if (clients_[socket].role == kSubscriber) {
        std::erase(objects_[clients_[socket].object].subscribers, socket);
      }
      clients_.erase(socket);
      return;
    }
    Client& client = clients_[socket];
    const bool calls = client.role == kCaller;
    client.left += static_cast<std::size_t>(count);
    const std::size_t size = calls ? call_.size() : set_.size();
    const std::size_t messages = client.left / size;
    client.left %= size;
    sendWhole(socket, repeated(calls ? result_ : success_, messages));
    if (!calls) tell(objects_[client.object], messages);
  }

  static Bytes repeated(const Bytes& bytes, std::size_t times) {
    Bytes all;
    all.reserve(bytes.size() * times);
    for (; times > 0; --times) all.insert(all.end(), bytes.begin(), bytes.end());
    return all;
  }

  void tell(Object& object, std::size_t changes) {
    Bytes all;
    all.reserve(change_.size() * changes);
    for (; changes > 0; --changes) {
      stampValue(change_, ++object.value);
      all.insert(all.end(), change_.begin(), change_.end());
    }
    for (const int subscriber : object.subscribers) sendWhole(subscriber, all);
  }

  const Bytes set_ = setWire(kFirstValue);
  const Bytes success_ = objectWire(Type::Success);
  Bytes change_ = objectWire(Type::Change);
  const Bytes call_ = callWire();
  const Bytes result_ = resultWire();
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int listener_ = -1;
  std::unordered_map<int, Client> clients_;
  std::map<char, Object> objects_;
};

}  // namespace

int main() {
  allowManySockets();
  Floor().run();
  return 0;
}
