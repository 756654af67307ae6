#include "fault/name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <vector>

namespace multiconnection::test {
namespace {

/// RFC 1035, section 4: 12 bytes of header, the name in labels up to a 0, type, class.
constexpr std::size_t kHeader = 12;
constexpr std::uint8_t kNoSuchName = 3;

std::vector<std::uint8_t> answerTo(const std::vector<std::uint8_t>& question, bool known) {
  std::size_t end = kHeader;
  while (end < question.size() && question[end] != 0) end += question[end] + 1U;
  if (end + 5 > question.size()) return {};
  const bool ofIpv4 = question[end + 2] == 1;  // the type A; there are no IPv6 addresses
  std::vector<std::uint8_t> answer(question.begin(),
                                   question.begin() + static_cast<std::ptrdiff_t>(end + 5));
  answer[2] = 0x81;
  answer[3] = known ? 0x80 : 0x80 | kNoSuchName;
  answer[7] = known && ofIpv4 ? 1 : 0;
  answer[9] = answer[11] = 0;  // no authority, nothing additional
  if (known && ofIpv4) {
    const std::uint8_t record[] = {0xC0, kHeader, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1};
    answer.insert(answer.end(), std::begin(record), std::end(record));
  }
  return answer;
}

}  // namespace

Result<std::unique_ptr<NameServer>> NameServer::start() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const Error error{std::error_code(errno, std::generic_category()), "bind 127.0.0.1:53"};
    ::close(socket);
    return error;
  }
  return std::unique_ptr<NameServer>(new NameServer(socket));
}

NameServer::NameServer(int socket) : socket_(socket), thread_([this] { serve(); }) {}

NameServer::~NameServer() {
  ::shutdown(socket_, SHUT_RD);  // wakes recvfrom(), which then gets nothing
  thread_.join();
  ::close(socket_);
}

void NameServer::serve() {
  for (;;) {
    std::vector<std::uint8_t> question(512);
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = ::recvfrom(socket_, question.data(), question.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;
    question.resize(static_cast<std::size_t>(got));
    const World::Names names = names_;
    if (names == World::Names::Silent) continue;
    const auto answer = answerTo(question, names == World::Names::Answered);
    ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&from),
             size);
  }
}

}  // namespace multiconnection::test
