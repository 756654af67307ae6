#include <ares.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/dns_channel.hpp"

namespace multiconnection::transport {
namespace {

namespace asio = boost::asio;

constexpr int kTries = 3;

int domainOf(Family family) { return family == Family::Ipv6 ? AF_INET6 : AF_INET; }

Error errorOf(int status) {
  const std::string why = ares_strerror(status);
  switch (status) {
    case ARES_EBADNAME:
      return Error(Errc::InvalidArgument, why);
    case ARES_ETIMEOUT:
      return Error(Errc::TimedOut, why);
    default:
      return Error(Errc::Refused, why);
  }
}

std::string textOf(int domain, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ares_inet_ntop(domain, bytes, text.data(), text.size());
}

class AresChannel final : public DnsChannel, public std::enable_shared_from_this<AresChannel> {
 public:
  explicit AresChannel(asio::io_context& io) : io_(io), timer_(io) {}

  ~AresChannel() override {
    // c-ares answers every open question now, and gives the sockets back.
    closing_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  int init(const ResolverOptions& options) {
    static std::once_flag once;
    static int libraryStatus = ARES_SUCCESS;
    std::call_once(once, [] { libraryStatus = ares_library_init(ARES_LIB_INIT_ALL); });
    if (libraryStatus != ARES_SUCCESS) return libraryStatus;

    ares_options settings{};
    std::array<char, 2> serversOnly{'b', '\0'};
    settings.timeout = static_cast<int>(options.retryAfter.count());
    settings.tries = kTries;
    settings.lookups = serversOnly.data();
    settings.sock_state_cb = &AresChannel::onSocketState;
    settings.sock_state_cb_data = this;
    const int mask =
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    const int status = ares_init_options(&channel_, &settings, mask);
    if (status != ARES_SUCCESS || options.servers.empty()) return status;
    return ares_set_servers_ports_csv(channel_, options.servers.c_str());
  }

  Resolver::Addresses lookInHostsFile(const std::string& host, Family family) override {
    Resolver::Addresses found;
    hostent* entry = nullptr;
    const int domain = domainOf(family);
    if (ares_gethostbyname_file(channel_, host.c_str(), domain, &entry) != ARES_SUCCESS) {
      return found;
    }
    for (char** address = entry->h_addr_list; *address != nullptr; ++address) {
      found.push_back(textOf(domain, *address));
    }
    ares_free_hostent(entry);
    return found;
  }

  void ask(const std::string& host, Family family, Answer answer) override {
    ares_addrinfo_hints hints{};
    hints.ai_family = domainOf(family);
    hints.ai_socktype = SOCK_STREAM;
    auto question = std::make_unique<Question>(Question{this, std::move(answer)});
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &AresChannel::onAnswer,
                     question.release());
    armTimer();
  }

 private:
  struct Question {
    AresChannel* channel;
    Answer answer;
  };

  // c-ares owns and closes the descriptor; Asio only watches it.
  struct Watched {
    explicit Watched(asio::io_context& io) : descriptor(io) {}
    asio::posix::stream_descriptor descriptor;
    bool wantRead = false;
    bool wantWrite = false;
    bool waitingRead = false;
    bool waitingWrite = false;
  };
  using WatchedPtr = std::shared_ptr<Watched>;

  static void onAnswer(void* data, int status, int /*timeouts*/, ares_addrinfo* info) {
    const std::unique_ptr<Question> question(static_cast<Question*>(data));
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner(
        info, [](ares_addrinfo* p) { ares_freeaddrinfo(p); });
    if (question->channel->closing_) return;
    if (status != ARES_SUCCESS) return question->answer(errorOf(status));
    Resolver::Addresses addresses;
    for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
      if (node->ai_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, node->ai_addr, sizeof address);
        addresses.push_back(textOf(AF_INET, &address.sin_addr));
      } else if (node->ai_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, node->ai_addr, sizeof address);
        addresses.push_back(textOf(AF_INET6, &address.sin6_addr));
      }
    }
    if (addresses.empty()) return question->answer(errorOf(ARES_ENODATA));
    question->answer(std::move(addresses));
  }

  static void onSocketState(void* data, ares_socket_t fd, int readable, int writable) {
    static_cast<AresChannel*>(data)->setWanted(fd, readable != 0, writable != 0);
  }

  void setWanted(int fd, bool readable, bool writable) {
    const auto known = watched_.find(fd);
    if (!readable && !writable) {
      if (known == watched_.end()) return;
      known->second->descriptor.release();
      watched_.erase(known);
      return;
    }
    WatchedPtr watched = known == watched_.end() ? nullptr : known->second;
    if (!watched) {
      watched = std::make_shared<Watched>(io_);
      boost::system::error_code error;
      watched->descriptor.assign(fd, error);
      if (error) return;  // The question then ends by its time-out.
      watched_.emplace(fd, watched);
    }
    watched->wantRead = readable;
    watched->wantWrite = writable;
    arm(watched);
  }

  void arm(const WatchedPtr& watched) {
    using Descriptor = asio::posix::stream_descriptor;
    if (watched->wantRead && !std::exchange(watched->waitingRead, true)) {
      watched->descriptor.async_wait(
          Descriptor::wait_read,
          [weak = weak_from_this(), watched](const boost::system::error_code& error) {
            watched->waitingRead = false;
            const auto self = weak.lock();
            if (self && !error) self->onReady(watched, true);
          });
    }
    if (watched->wantWrite && !std::exchange(watched->waitingWrite, true)) {
      watched->descriptor.async_wait(
          Descriptor::wait_write,
          [weak = weak_from_this(), watched](const boost::system::error_code& error) {
            watched->waitingWrite = false;
            const auto self = weak.lock();
            if (self && !error) self->onReady(watched, false);
          });
    }
  }

  // The caller holds the channel: an answer may drop the last other one who does.
  void onReady(const WatchedPtr& watched, bool readable) {
    if (!watched->descriptor.is_open()) return;
    const int fd = watched->descriptor.native_handle();
    process(readable ? fd : ARES_SOCKET_BAD, readable ? ARES_SOCKET_BAD : fd);
    if (watched->descriptor.is_open()) arm(watched);
  }

  void process(int readable, int writable) {
    ares_process_fd(channel_, readable, writable);
    armTimer();
  }

  void armTimer() {
    timeval next{};
    if (ares_timeout(channel_, nullptr, &next) == nullptr) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::seconds(next.tv_sec) +
                         std::chrono::microseconds(next.tv_usec));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
  }

  asio::io_context& io_;
  asio::steady_timer timer_;
  std::map<int, WatchedPtr> watched_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
};

}  // namespace

DnsChannel::~DnsChannel() = default;

Result<std::shared_ptr<DnsChannel>> DnsChannel::open(asio::io_context& io,
                                                     const ResolverOptions& options) {
  auto channel = std::make_shared<AresChannel>(io);
  const int status = channel->init(options);
  if (status != ARES_SUCCESS) {
    const Error error = errorOf(status);
    return Error(error.code, "the name resolver does not start: " + error.message);
  }
  return std::shared_ptr<DnsChannel>(std::move(channel));
}

}  // namespace multiconnection::transport
