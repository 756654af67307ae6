#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

#include "transport/connection.hpp"

namespace multiconnection::transport {

/// What Asio offers on no platform, or not without a second system call. One source file each.
using NativeSocket = int;
inline constexpr NativeSocket kNoSocket = -1;

enum class Family { Ipv4, Ipv6 };

/// A TCP socket that never blocks and that a child process does not inherit.
NativeSocket openTcp(Family family, std::error_code& error);

/// The next waiting peer; kNoSocket without an error: nobody waits.
NativeSocket acceptTcp(NativeSocket listener, std::error_code& error);

/// detectDeadPeer(), no Nagle delay, and (where the system has it) no more than kUnsentLimit bytes
/// hidden in the kernel: what waits longer waits in our queue, where it is seen and can be dropped.
void tuneTcp(NativeSocket socket);
void limitUnsent(NativeSocket socket, int bytes);
inline constexpr int kUnsentLimit = 128 * 1024;

/// Has the system end a TCP connection whose peer has vanished, where it can: one that leaves what
/// was sent without an answer, or does not answer probes while nothing is sent.
void detectDeadPeer(NativeSocket socket);

/// What TCP measured of late; nothing for other sockets and systems.
std::optional<std::chrono::microseconds> roundTripTime(NativeSocket socket);

/// Two connected ends; a few KiB fit into each direction though nobody reads.
struct SocketPair {
  NativeSocket ours;    ///< Does not block.
  NativeSocket theirs;  ///< Blocks.
};
SocketPair makeSocketPair(std::error_code& error);
NativeSocket duplicate(NativeSocket socket, std::error_code& error);
void closeSocket(NativeSocket socket);

/// The meaning of these three is that of Connection.
std::size_t sendGathered(NativeSocket socket, std::span<const ConstBuffer> buffers,
                         std::error_code& error);
std::size_t receive(NativeSocket socket, std::span<std::uint8_t> into, std::error_code& error);
void shutdownSend(NativeSocket socket);

/// Closing the socket will reset the connection.
void discardOnClose(NativeSocket socket);

/// True for the errors of accept() that mean "out of descriptors or memory, try later".
bool isExhaustion(const std::error_code& error);

}  // namespace multiconnection::transport
