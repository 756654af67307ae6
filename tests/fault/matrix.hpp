#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "multiconnection/status.hpp"

/// The matrix of faults: what can go wrong with one server of an array, when, and what the
/// application is told then. Data: run.hpp makes it happen, and docs/fault-matrix.md shows it.
namespace multiconnection::test {

enum class Moment { Tcp, Handshake, Connect, CreateStream, Publish, Media, Close };
inline constexpr std::array kMoments{Moment::Tcp,          Moment::Handshake, Moment::Connect,
                                     Moment::CreateStream, Moment::Publish,   Moment::Media,
                                     Moment::Close};
/// For people, and for names of tests.
std::string_view title(Moment moment);
std::string_view word(Moment moment);

/// Servers of the array, the faulty one included.
inline constexpr std::array<std::size_t, 4> kSizes{1, 2, 8, 32};

struct FaultKind {
  std::string_view word;   ///< In names of tests.
  std::string_view title;  ///< For people.
};
/// All kinds of faults that there have to be cells for.
const std::vector<FaultKind>& faultKinds();

/// Who brings it about.
enum class Means {
  Node,          ///< The server itself: Row::nodeFault.
  NotListening,  ///< Nobody listens at its port.
  Unroutable,    ///< Whatever is sent to its address is lost.
  Unreachable,   ///< There is no way to its address, and the system says so.
  NoSuchName,    ///< Its name does not exist any more, and its connections are reset.
  SilentName,    ///< The name server does not answer any more; likewise.
  NotHeard,      ///< Nothing comes from it.
  NotRead,       ///< It reads nothing.
  Stalled,       ///< Both.
  Pause,         ///< Both, for 50 ms.
  LongPause,     ///< Both, for 250 ms.
  Trickle,       ///< It reads 1 kB/s.
  Drip,          ///< What it says comes at 20 bytes a second.
  Corrupt,       ///< What it says is damaged.
  Reset,         ///< Its connections are reset.
  RouteCut,      ///< The cable to it is cut.
  ClockForward,  ///< The system's clock is set.
  ClockBack,
  NoFiles,  ///< This process may open no more files; its connections are reset.
  DiskFull  ///< The server's disk is full.
};

/// How it ends for the faulty server. The others are always whole.
enum class Outcome {
  Whole,          ///< It gets the whole stream.
  Thinned,        ///< It misses frames, and goes on at a key frame.
  Unseen,         ///< It stays; what it has of the stream is not known to the end.
  NotConnected,   ///< It cannot be connected to, in time.
  NotPublishing,  ///< It is connected, and does not take the stream.
  LostLater       ///< It published, and was lost.
};

/// What becomes of a server that failed or was lost.
enum class Return {
  None,      ///< It never went.
  ByItself,  ///< It comes back with the first attempt that goes well.
  Repaired,  ///< It is tried until the fault is over, and comes back.
  Tried,     ///< It is tried again, but the fault does not end.
  Refused    ///< It said no: it is not asked again.
};

/// One fault at one moment, in arrays of all sizes.
struct Row {
  std::string_view fault;
  Moment moment = Moment::Tcp;
  Means means = Means::Node;
  std::string_view
      nodeFault{};  ///< Of Means::Node, as parseNodeFault() reads it; several with ' '.
  Outcome outcome = Outcome::Whole;
  Return comesBack = Return::None;
  /// What the events of that server say, in this order; others may stand in between.
  std::vector<StatusCode> codes{};
  std::string_view reason{};  ///< A part of what one of its events says.
  bool waits = false;         ///< It takes a time limit to find it out.
  std::string_view cannot{};  ///< In place of all that: why this fault has no such moment.
};
const std::vector<Row>& rows();
/// The part of them that cannot happen.
std::vector<Row> impossibleRows();
const Row* findRow(std::string_view fault, Moment moment);

struct Cell {
  const Row* row = nullptr;
  std::size_t size = 1;
};
/// "silent_handshake_8"
std::string cellName(const Cell& cell);
std::ostream& operator<<(std::ostream& out, const Cell& cell);
/// Every cell that can happen.
std::vector<Cell> cells();

/// What is missing in `rows`, or is there twice: one line for each cell.
std::vector<std::string> gaps(const std::vector<Row>& rows);

/// docs/fault-matrix.md
std::string table();

}  // namespace multiconnection::test
