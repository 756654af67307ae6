#include "tools/metrics_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "tools/metrics_text.hpp"

namespace multiconnection::tools {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxRequestBytes = 8192;
constexpr std::size_t kMaxConnections = 16;
/// From the connection to its end.
constexpr std::chrono::seconds kConnectionLimit{5};
/// After accept() failed, e.g. for want of file descriptors: it would fail again at once.
constexpr std::chrono::milliseconds kAcceptPause{100};

using Page = std::function<std::string()>;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response responseOf(http::status status, unsigned version, std::string body) {
  Response response(status, version);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.keep_alive(false);
  response.body() = std::move(body);
  return response;
}

Response answerTo(const Request& request, const Page& page) {
  const unsigned version = request.version();
  const bool head = request.method() == http::verb::head;
  if (!head && request.method() != http::verb::get) {
    auto response = responseOf(http::status::method_not_allowed, version, "GET or HEAD\n");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const std::string_view target(request.target().data(), request.target().size());
  if (target.substr(0, target.find('?')) != "/metrics") {
    return responseOf(http::status::not_found, version, "There is /metrics here.\n");
  }
  auto response = responseOf(http::status::ok, version, page());
  response.set(http::field::content_type, kMetricsType);
  if (head) {
    response.content_length(response.body().size());
    response.body().clear();
  }
  return response;
}

/// What is answered to a request that cannot be read; nothing to one that did not come.
std::optional<Response> answerTo(const error_code& error) {
  constexpr unsigned kHttp11 = 11;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return responseOf(http::status::request_header_fields_too_large, kHttp11,
                      "more than " + std::to_string(kMaxRequestBytes) + " bytes\n");
  }
  const bool unfinished =
      error == http::error::end_of_stream || error == http::error::partial_message;
  if (unfinished || error.category() != make_error_code(http::error::end_of_stream).category()) {
    return std::nullopt;
  }
  return responseOf(http::status::bad_request, kHttp11, error.message() + '\n');
}

/// One connection: reads a request, answers it, ends.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const Page& page) : stream_(std::move(socket)), page_(page) {
    parser_.header_limit(kMaxRequestBytes);
  }

  void start() {
    stream_.expires_after(kConnectionLimit);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](const error_code& error, std::size_t) {
                       self->onRequest(error);
                     });
  }

  void end() { stream_.close(); }

 private:
  void onRequest(const error_code& error) {
    response_ = error ? answerTo(error) : answerTo(parser_.get(), page_);
    if (!response_) return;
    if (!response_->has_content_length()) response_->prepare_payload();
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](const error_code& failure, std::size_t) {
                        error_code ignored;
                        if (failure) return;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                        self->awaitEnd();
                      });
  }

  /// With bytes unread, closing at once could take the answer back from the peer.
  void awaitEnd() {
    stream_.async_read_some(asio::buffer(unread_),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) self->awaitEnd();
                            });
  }

  beast::tcp_stream stream_;
  const Page& page_;
  beast::flat_buffer buffer_{kMaxRequestBytes};
  http::request_parser<http::empty_body> parser_;
  std::optional<Response> response_;
  std::array<char, 1024> unread_;
};

}  // namespace

class MetricsServer::Impl {
 public:
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  error_code listen(const ListenAddress& address) {
    error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(address.address, error), address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) address_ = {address.address, acceptor_.local_endpoint(error).port()};
    return error;
  }

  const ListenAddress& address() const { return address_; }

  void start(Page page) {
    page_ = std::move(page);
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (!error) {
        begin(std::move(socket));
        return accept();
      }
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const error_code&) { accept(); });
    });
  }

  void begin(tcp::socket socket) {
    connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                      [](const auto& connection) { return connection.expired(); }),
                       connections_.end());
    if (connections_.size() == kMaxConnections) {
      connections_.front().lock()->end();
      connections_.pop_front();
    }
    const auto connection = std::make_shared<Connection>(std::move(socket), page_);
    connections_.push_back(connection);
    connection->start();
  }

  Page page_;
  ListenAddress address_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  std::deque<std::weak_ptr<Connection>> connections_;  ///< The oldest first.
  std::thread thread_;
};

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(const ListenAddress& address) {
  auto impl = std::make_unique<Impl>();
  if (const auto error = impl->listen(address)) {
    return Error{error, "--metrics " + textOf(address) + ": cannot be listened on"};
  }
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

ListenAddress MetricsServer::address() const { return impl_->address(); }
void MetricsServer::start(std::function<std::string()> page) { impl_->start(std::move(page)); }

}  // namespace multiconnection::tools
