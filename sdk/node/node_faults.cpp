#include "multiconnection/node_faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "node/fault_check.hpp"
#include "util/quoted.hpp"

namespace multiconnection {
namespace {

using Moment = NodeFault::Moment;
using Kind = NodeFault::Kind;

/// Of times: an hour.
constexpr std::uint64_t kMaxMilliseconds = 3'600'000;

// In the order of the enumerations.
constexpr std::array<std::string_view, 9> kMoments{
    "accept", "handshake", "connect", "createStream", "publish", "media", "play", "use", "change"};
constexpr std::array<std::string_view, 12> kKinds{"refuse", "reset",  "close",    "silent",
                                                  "stall",  "delay",  "drip",     "garbage",
                                                  "ghost",  "noacks", "redirect", "ignore"};

std::string_view momentName(const NodeFault& fault) {
  return kMoments.at(static_cast<std::size_t>(fault.moment));
}
std::string_view kindName(const NodeFault& fault) {
  return kKinds.at(static_cast<std::size_t>(fault.kind));
}

Error invalid(std::string text) { return {Errc::InvalidArgument, std::move(text)}; }

std::string quoted(std::string_view text) { return util::quoted(std::string(text)); }

/// "a, b or c"
template <std::size_t Size>
std::string listOf(const std::array<std::string_view, Size>& names) {
  std::string list;
  for (std::size_t i = 0; i < Size; ++i) {
    if (i != 0) list += i + 1 == Size ? " or " : ", ";
    list += names[i];
  }
  return list;
}

template <class Enumeration, std::size_t Size>
std::optional<Enumeration> find(const std::array<std::string_view, Size>& names,
                                std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enumeration>(found - names.begin());
}

template <class Number>
bool readNumber(std::string_view text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

template <class Number>
Result<void> readWhole(std::string_view what, std::string_view text, Number& number) {
  if (readNumber(text, number)) return {};
  return invalid(std::string(what) + ' ' + quoted(text) + ": it is a whole number");
}

Result<void> readTime(std::string_view what, std::string_view text,
                      std::chrono::milliseconds& time) {
  std::uint64_t count = 0;
  if (!readNumber(text, count) || count > kMaxMilliseconds) {
    return invalid(std::string(what) + ' ' + quoted(text) +
                   ": it is whole milliseconds, at most 3600000");
  }
  time = std::chrono::milliseconds(count);
  return {};
}

/// What stands behind the kind's '='.
Result<void> readValue(std::string_view text, NodeFault& fault) {
  switch (fault.kind) {
    case Kind::Refuse:
      fault.code = text;
      return {};
    case Kind::Redirect:
      fault.url = text;
      return {};
    case Kind::Drip:
      return readWhole("drip", text, fault.bytesPerSecond);
    case Kind::Stall:
    case Kind::Delay:
    case Kind::Ghost:
      return readTime(kindName(fault), text, fault.pause);
    default:
      return invalid(std::string(kindName(fault)) + " takes no value, " + quoted(text));
  }
}

Result<void> readOption(std::string_view option, NodeFault& fault) {
  const auto equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
  if (name == "times") return readWhole(name, value, fault.times);
  if (name == "every") return readWhole(name, value, fault.every);
  if (name == "messages") return readWhole(name, value, fault.messages);
  if (name == "bytes") return readWhole(name, value, fault.bytes);
  if (name == "seed") return readWhole(name, value, fault.seed);
  if (name == "ms") return readTime(name, value, fault.time);
  if (name == "chance") {
    if (readNumber(value, fault.chance)) return {};
    return invalid("chance " + quoted(value) + ": it is a number from 0 to 1");
  }
  if (name == "name") {
    fault.streamName = value;
    return {};
  }
  return invalid(quoted(option) +
                 " is no option: times, every, chance, seed, name, messages, bytes or ms");
}

Result<NodeFault> parseParts(std::string_view text) {
  NodeFault fault;
  const std::string_view head = text.substr(0, text.find(','));
  const auto colon = head.find(':');
  const auto moment = find<Moment>(kMoments, head.substr(0, colon));
  if (!moment) {
    return invalid(quoted(head.substr(0, colon)) + " is no moment: " + listOf(kMoments));
  }
  fault.moment = *moment;
  const std::string_view what =
      colon == std::string_view::npos ? std::string_view() : head.substr(colon + 1);
  const auto equals = what.find('=');
  const auto kind = find<Kind>(kKinds, what.substr(0, equals));
  if (!kind) return invalid(quoted(what.substr(0, equals)) + " is no fault: " + listOf(kKinds));
  fault.kind = *kind;
  if (equals != std::string_view::npos) {
    if (auto read = readValue(what.substr(equals + 1), fault); !read) return read.error();
  }
  for (auto rest = text.substr(head.size()); !rest.empty();) {
    rest.remove_prefix(1);  // the comma
    const std::string_view option = rest.substr(0, rest.find(','));
    if (auto read = readOption(option, fault); !read) return read.error();
    rest.remove_prefix(option.size());
  }
  if (auto checked = node::checkFault(fault); !checked) return checked.error();
  return fault;
}

bool isOneOf(Moment moment, std::initializer_list<Moment> moments) {
  return std::find(moments.begin(), moments.end(), moment) != moments.end();
}

/// Whether there is something to be done then.
bool makesSense(const NodeFault& fault) {
  const Moment moment = fault.moment;
  switch (fault.kind) {
    case Kind::Refuse:
    case Kind::Ignore:
      return isOneOf(moment, {Moment::Connect, Moment::CreateStream, Moment::Publish, Moment::Play,
                              Moment::UseObject, Moment::ChangeObject});
    case Kind::Redirect:
      return isOneOf(moment, {Moment::Connect, Moment::Publish, Moment::Media, Moment::Play});
    case Kind::Delay:
      return moment != Moment::Media;
    case Kind::Ghost:
      return moment == Moment::Publish;
    default:
      return true;
  }
}

}  // namespace

std::string faultName(const NodeFault& fault) {
  return std::string(momentName(fault)) + ':' + std::string(kindName(fault));
}

Result<NodeFault> parseNodeFault(std::string_view text) {
  auto fault = parseParts(text);
  if (fault) return fault;
  return invalid("fault " + quoted(text) + ": " + fault.error().message);
}

namespace node {

Result<void> checkFault(const NodeFault& fault) {
  const bool named = isOneOf(fault.moment, {Moment::Publish, Moment::Media, Moment::Play,
                                            Moment::UseObject, Moment::ChangeObject});
  const bool gauged = fault.messages != 1 || fault.bytes != 0 || fault.time.count() != 0;
  const bool pauses = fault.kind == Kind::Delay || fault.kind == Kind::Ghost;
  std::string problem;
  if (!makesSense(fault)) {
    problem = std::string(kindName(fault)) + " does not go with " + std::string(momentName(fault));
  } else if (fault.pause.count() < 0 || (pauses && fault.pause.count() == 0)) {
    problem = std::string(kindName(fault)) + " needs milliseconds";
  } else if (fault.kind == Kind::Drip && fault.bytesPerSecond == 0) {
    problem = "drip needs bytes per second";
  } else if (fault.kind == Kind::Redirect && fault.url.empty()) {
    problem = "redirect needs a URL";
  } else if (fault.every == 0) {
    problem = "every is 0, it must be positive";
  } else if (!(fault.chance >= 0 && fault.chance <= 1)) {
    problem = "chance is " + std::to_string(fault.chance) + ", it is 0 to 1";
  } else if (!fault.streamName.empty() && !named) {
    problem = "a name goes with publish, media, play, use and change only";
  } else if (gauged && fault.moment != Moment::Media) {
    problem = "messages, bytes and ms go with media only";
  } else {
    return {};
  }
  return invalid(std::move(problem));
}

}  // namespace node
}  // namespace multiconnection
