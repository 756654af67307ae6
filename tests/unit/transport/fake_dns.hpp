#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>

#include "unit/transport/loop.hpp"

namespace multiconnection::transport {

/// A name server on loopback that knows some names and never answers for the others.
class FakeDns {
 public:
  struct Name {
    std::vector<std::string> ipv4;
    std::vector<std::string> ipv6;
    std::chrono::milliseconds after{0};
    bool answersIpv6 = true;  ///< False: questions for AAAA are lost.
    std::uint8_t code = 0;    ///< 3: there is no such name.
  };

  FakeDns(Loop& loop, std::map<std::string, Name> names)
      : loop_(loop),
        names_(std::move(names)),
        socket_(loop.io, {boost::asio::ip::address_v4::loopback(), 0}) {
    receive();
  }

  std::string server() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }
  int questions() const { return questions_; }

 private:
  using Bytes = std::vector<std::uint8_t>;
  using Endpoint = boost::asio::ip::udp::endpoint;
  static constexpr std::uint16_t kA = 1;
  static constexpr std::uint16_t kAaaa = 28;

  void receive() {
    socket_.async_receive_from(
        boost::asio::buffer(packet_), from_,
        [this](const boost::system::error_code& error, std::size_t size) {
          if (error) return;
          ++questions_;
          answer(Bytes(packet_.begin(), packet_.begin() + static_cast<std::ptrdiff_t>(size)));
          receive();
        });
  }

  // RFC 1035, section 4: 12 bytes of header, the name in labels, type, class.
  void answer(const Bytes& question) {
    std::string host;
    std::size_t at = 12;
    for (; question.at(at) != 0; at += question[at] + 1u) {
      if (!host.empty()) host += '.';
      host.append(reinterpret_cast<const char*>(&question[at + 1]), question[at]);
    }
    const auto type = static_cast<std::uint16_t>(question.at(at + 1) << 8 | question.at(at + 2));
    const auto known = names_.find(host);
    if (known == names_.end() || (type == kAaaa && !known->second.answersIpv6)) return;
    const Bytes body(question.begin() + 12, question.begin() + static_cast<std::ptrdiff_t>(at) + 5);
    send(reply(question, body, known->second, type), known->second.after);
  }

  static Bytes reply(const Bytes& question, const Bytes& body, const Name& name,
                     std::uint16_t type) {
    const auto& texts = type == kAaaa ? name.ipv6 : name.ipv4;
    Bytes out{question[0], question[1], 0x81, static_cast<std::uint8_t>(0x80 | name.code),
              0,           1,           0,    static_cast<std::uint8_t>(texts.size()),
              0,           0,           0,    0};
    out.insert(out.end(), body.begin(), body.end());
    for (const std::string& text : texts) {
      const auto address = boost::asio::ip::make_address(text);
      Bytes data;
      if (address.is_v6()) {
        const auto bytes = address.to_v6().to_bytes();
        data.assign(bytes.begin(), bytes.end());
      } else {
        const auto bytes = address.to_v4().to_bytes();
        data.assign(bytes.begin(), bytes.end());
      }
      const Bytes record{0xC0, 12, 0, static_cast<std::uint8_t>(type),       0, 1, 0, 0,
                         0,    60, 0, static_cast<std::uint8_t>(data.size())};
      out.insert(out.end(), record.begin(), record.end());
      out.insert(out.end(), data.begin(), data.end());
    }
    return out;
  }

  void send(Bytes bytes, std::chrono::milliseconds after) {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop_.io, after);
    timer->async_wait([this, timer, to = from_,
                       bytes = std::move(bytes)](const boost::system::error_code& error) {
      boost::system::error_code ignored;
      if (!error) socket_.send_to(boost::asio::buffer(bytes), to, 0, ignored);
    });
  }

  Loop& loop_;
  std::map<std::string, Name> names_;
  boost::asio::ip::udp::socket socket_;
  Endpoint from_;
  std::array<std::uint8_t, 512> packet_;
  int questions_ = 0;
};

}  // namespace multiconnection::transport
