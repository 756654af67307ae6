#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace multiconnection::cluster {

/// Notices when the way that all servers share is too narrow, and says who goes without video then:
/// the least important first, one after another, never the most important, and nobody where all are
/// equal. A single server that falls behind is its own trouble, and nobody else's. Those that went
/// without get video again one by one, the last one first, ever later where that was too early.
/// Servers are told apart by their index. Time is passed in.
class UplinkFsm {
 public:
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  /// Media time that waits for a server that is late, unless it gets shorter.
  static constexpr milliseconds kLate{400};
  /// How long a server is late before it counts as behind. Half of the time in which it is not
  /// late is taken off; none while it waits for a key frame, which says nothing.
  static constexpr milliseconds kBehind{2000};
  /// What it counts for that a server has to wait for a key frame.
  static constexpr milliseconds kGap{500};
  /// So long the others have to get better by that before another one yields.
  static constexpr milliseconds kBetween{5000};
  /// How long nobody may be behind before one that yields has video again: at first, and at most.
  static constexpr milliseconds kFirstWait{10000};
  static constexpr milliseconds kLongestWait{300000};
  /// One that yields again within so long had video again too early.
  static constexpr milliseconds kTrial{60000};

  /// How a server of the stream does.
  struct Server {
    std::size_t index = 0;
    int priority = 0;
    bool publishes = false;
    milliseconds waiting{0};      ///< Media time in its queue.
    std::uint64_t dropped = 0;    ///< Frames it was spared so far.
    bool awaitsKeyFrame = false;  ///< It is spared all up to the next one.
  };

  enum class Reason {
    TooNarrow,      ///< Yields: several fall behind.
    Clear,          ///< Has video again: nobody has been behind for a while.
    InVain,         ///< The same: it was not behind itself, and the others did not get better.
    MostImportant,  ///< The same: no more important server publishes any more.
    Overdue,        ///< The same: after the longest wait, in which one server was behind.
  };
  struct Change {
    std::size_t server = 0;
    Reason reason = Reason::TooNarrow;
    std::size_t behind = 0;   ///< TooNarrow: servers that fall behind,
    std::size_t servers = 0;  ///< of so many that get video.
    milliseconds time{0};     ///< TooNarrow: the longest queue. Clear, Overdue: the wait.
    bool yields() const { return reason == Reason::TooNarrow; }
  };

  /// To be called about twice a second with all servers of the stream. @return who yields, or has
  /// video again, from now on.
  std::optional<Change> onTick(Clock::time_point now, const std::vector<Server>& servers);
  bool yields(std::size_t server) const;

 private:
  struct Queue {
    milliseconds late{0};  ///< See kBehind.
    milliseconds waiting{0};
    std::uint64_t dropped = 0;
    bool awaitsKeyFrame = false;
    bool behind = false;
    Clock::time_point exemptUntil{};  ///< Yielding was in vain.
  };
  struct Yielding {
    std::size_t server;
    bool helps;  ///< As far as is known.
  };
  /// What the servers look like together: those that publish and do not yield.
  struct View {
    std::size_t servers = 0;
    std::size_t behind = 0;
    milliseconds longest{0};
    std::optional<int> mostImportant;
    bool tooNarrow() const { return behind >= 2 && 2 * behind >= servers; }
  };

  void observe(Clock::time_point now, const std::vector<Server>& servers);
  static void observe(Queue& queue, const Server& server, milliseconds step);
  View look(const std::vector<Server>& servers) const;
  std::optional<Change> restoreMostImportant(const std::vector<Server>& servers, const View& view);
  std::optional<Change> yieldNext(Clock::time_point now, const std::vector<Server>& servers,
                                  const View& view);
  std::optional<Change> giveBack(Clock::time_point now);
  Change resume(std::size_t server, Reason reason, milliseconds time);

  std::map<std::size_t, Queue> queues_;
  std::vector<Yielding> yielding_;  ///< In the order in which they did.
  std::optional<Clock::time_point> lastTick_;
  std::optional<Clock::time_point> lastYield_;
  std::optional<Clock::time_point> lastReturn_;
  std::optional<Clock::time_point> clearSince_;  ///< Nobody is behind.
  std::optional<Clock::time_point> wideSince_;   ///< The way is not too narrow.
  milliseconds wait_ = kFirstWait;
};

}  // namespace multiconnection::cluster
