#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"

namespace multiconnection {

/// What one direction of a link is like.
struct LinkConditions {
  /// Of what is carried, without the headers of a real link. 0: no limit.
  std::uint64_t bitsPerSecond = 0;
  /// From one end to the other, beside the time that the rate takes. 0 to 1 h, as `jitter`.
  std::chrono::milliseconds delay{0};
  /// Added to the delay by chance, from none to all of it, for each 1460 bytes. Their order is
  /// kept, as TCP keeps it.
  std::chrono::milliseconds jitter{0};
  /// What may wait before the bottleneck; with more the sender is held up. Much of it is what is
  /// called bufferbloat. More than 0.
  std::size_t bufferBytes = 64 * 1024;
  /// Nothing moves; nobody is told.
  bool stalled = false;
  /// Share of bytes that are changed on their way. 0 to 1.
  double corruption = 0;
};

/// A bottleneck that several links have in common, as all connections of a household have its
/// uplink: each of them gets its turn.
///
/// @par Thread safety
/// Every member from any thread.
class MC_API SharedRate {
 public:
  /// Of what is carried, without the headers of a real link. 0: no limit.
  explicit SharedRate(std::uint64_t bitsPerSecond = 0);
  ~SharedRate();
  SharedRate(const SharedRate&) = delete;
  SharedRate& operator=(const SharedRate&) = delete;

  /// From now on.
  void set(std::uint64_t bitsPerSecond);

  /// Takes the bottleneck for so many bytes that are there since `from`; used by links. @return
  /// when they are through.
  std::chrono::steady_clock::time_point take(std::size_t bytes,
                                             std::chrono::steady_clock::time_point from);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct LinkEmulatorOptions {
  std::string address = "127.0.0.1";        ///< Numeric IPv4 or IPv6 to listen on.
  std::uint16_t port = 0;                   ///< 0: one that is free, see LinkEmulator::port().
  std::string targetAddress = "127.0.0.1";  ///< Numeric, or a name: where connections go.
  std::uint16_t targetPort = 1935;
  LinkConditions up;       ///< From who connects to the target.
  LinkConditions down;     ///< The other way.
  std::uint64_t seed = 1;  ///< Of all that happens by chance.
  /// Beside the rate of `up`, `down`: what all links that are given the same one share. May be
  /// null.
  std::shared_ptr<SharedRate> sharedUp;
  std::shared_ptr<SharedRate> sharedDown;
};

/// What went through a LinkEmulator.
struct LinkCounters {
  std::size_t connections = 0;  ///< Ever made.
  std::size_t open = 0;
  std::uint64_t bytesUp = 0;  ///< Delivered to the target.
  std::uint64_t bytesDown = 0;
};

/// A bad network for tests: passes TCP connections on to a server, with the rate, the delay and the
/// faults it is told. Made for trying out what an application does when a server or the way to it
/// is in trouble.
///
/// @code
/// multiconnection::LinkEmulatorOptions options;
/// options.targetPort = 1935;
/// options.up.bitsPerSecond = 2'000'000;
/// multiconnection::LinkEmulator link(options);
/// auto started = link.start();  // publish to rtmp://127.0.0.1:<link.port()>/live
/// @endcode
///
/// @par Thread safety
/// Every member from any thread. The emulator runs on one thread of its own.
class MC_API LinkEmulator {
 public:
  explicit LinkEmulator(LinkEmulatorOptions options);
  ~LinkEmulator();  ///< stop()
  LinkEmulator(const LinkEmulator&) = delete;
  LinkEmulator& operator=(const LinkEmulator&) = delete;

  /// @return Errc::InvalidArgument naming what is out of range; Errc::InvalidState when it runs;
  /// the system's own code when it cannot listen there.
  Result<void> start();
  /// Ends all connections and frees the port.
  void stop();
  std::uint16_t port() const;

  /// From now on, for connections that are open, too.
  /// @return Errc::InvalidArgument naming what is out of range: nothing changes then.
  Result<void> setUp(const LinkConditions& conditions);
  Result<void> setDown(const LinkConditions& conditions);
  /// Whether connections are taken; while not, they are refused as where nobody listens.
  Result<void> setListening(bool listening);
  /// Ends all connections with TCP resets, both ways.
  void resetAll();
  /// Drops the way to who connected, without a word to the target: its connections stay open there
  /// until the emulator stops, as those of a peer that vanished.
  void vanish();

  LinkCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace multiconnection
