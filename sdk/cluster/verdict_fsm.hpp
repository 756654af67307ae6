#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace multiconnection::cluster {

/// Decides the one verdict of a joint operation over N servers: set-up, or publish. It speaks of
/// the servers, told apart by their index, that were there when it was asked: others do not count.
///
///   Idle --start--> Pending --`required` are up-----------------> Succeeded
///                      |----so many down that it cannot be------> Failed
///                      |----deadline----------------------------> Failed
///   Idle, Pending --abandon--------------------------------------> Failed
class VerdictFsm {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State { Idle, Pending, Succeeded, Failed };

  /// @param required  1 or more; with more than there are servers it fails at the start.
  VerdictFsm(const std::vector<std::size_t>& servers, std::size_t required,
             std::chrono::milliseconds limit);

  /// Starts the clock. A verdict may be certain already, from servers told of before.
  std::optional<State> start(Clock::time_point now);
  /// Each returns the verdict (Succeeded or Failed) once, at the step that reaches it, and nothing
  /// otherwise. A server that was up may go down before the verdict, and the other way round.
  std::optional<State> onUp(std::size_t server);
  std::optional<State> onDown(std::size_t server);
  std::optional<State> onTick(Clock::time_point now);
  /// The owner gives the operation up.
  std::optional<State> abandon();

  State state() const { return state_; }
  /// When onTick() must be called at the latest; nothing while it need not be.
  std::optional<Clock::time_point> deadline() const;
  Clock::time_point started() const { return started_; }
  bool isUp(std::size_t server) const { return is(server, Mark::Up); }
  /// Whether it speaks of this server, and has heard nothing of it yet.
  bool awaits(std::size_t server) const { return is(server, Mark::Unknown); }
  std::size_t servers() const { return marks_.size(); }
  std::size_t up() const { return up_; }
  std::size_t required() const { return required_; }

 private:
  enum class Mark : unsigned char { Unknown, Up, Down };
  bool is(std::size_t server, Mark mark) const;
  std::optional<State> mark(std::size_t server, Mark mark);
  std::optional<State> evaluate();
  std::optional<State> decide(State verdict);

  std::map<std::size_t, Mark> marks_;
  std::size_t required_;
  std::size_t up_ = 0;
  std::size_t down_ = 0;
  std::chrono::milliseconds limit_;
  Clock::time_point started_{};
  State state_ = State::Idle;
};

}  // namespace multiconnection::cluster
