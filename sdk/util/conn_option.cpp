#include "util/conn_option.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace multiconnection::util {
namespace {

/// Far below what the AMF codec takes.
constexpr std::size_t kMaxDepth = 16;

Error invalid(const std::string& why) { return {Errc::InvalidArgument, "option conn: " + why}; }

std::optional<double> numberOf(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// A value of the types that hold no others.
Result<AmfValue> simpleValue(char type, std::string_view data) {
  switch (type) {
    case 'B':
      if (data != "0" && data != "1") return invalid("B: takes 0 or 1");
      return AmfValue(data == "1");
    case 'N':
      if (const auto number = numberOf(data)) return AmfValue(*number);
      return invalid("N: takes a number");
    case 'S':
      return AmfValue(data);
    case 'Z':
      return AmfValue(nullptr);
    default:
      return invalid("a value begins with B:, N:, S:, Z: or O:, or with NB:, NN:, NS: or NO:");
  }
}

}  // namespace

Result<void> ConnOption::add(std::string_view piece) {
  std::string name;
  const bool named = piece.size() > 2 && piece[0] == 'N' && piece[2] == ':';
  if (named) {
    if (piece[1] == 'Z') return invalid("Z: has no form with a name");
    piece.remove_prefix(1);
    const auto colon = piece.find(':', 2);
    if (colon == std::string_view::npos) return invalid("a named value has two colons");
    name = piece.substr(2, colon - 2);
    if (name.empty()) return invalid("the name of a value is empty");
  } else if (piece.size() < 2 || piece[1] != ':') {
    return simpleValue('\0', {}).error();
  }
  const char type = piece[0];
  const std::string_view data = piece.substr(named ? 3 + name.size() : 2);
  if (type == 'O' && !named && data == "0") {
    if (open_.empty()) return invalid("O:0 ends an object that did not begin");
    end();
    return {};
  }
  if (named != !open_.empty()) {
    return invalid(named ? "a name belongs into an object only"
                         : "a value in an object needs a name");
  }
  if (type == 'O') return data == "1" ? begin(std::move(name)) : invalid("O: takes 1 or 0");
  auto value = simpleValue(type, data);
  if (!value) return value.error();
  if (auto checked = checkNew(name); !checked) return checked;
  put(std::move(name), *std::move(value));
  return {};
}

Result<void> ConnOption::begin(std::string name) {
  if (open_.size() == kMaxDepth) {
    return invalid("objects in objects, more than " + std::to_string(kMaxDepth) + " deep");
  }
  if (auto checked = checkNew(name); !checked) return checked;
  open_.push_back({std::move(name), {}});
  return {};
}

Result<void> ConnOption::checkNew(const std::string& name) const {
  if (open_.empty() || open_.back().members.find(name) == nullptr) return {};
  return invalid("an object has two values of one name");
}

void ConnOption::put(std::string name, AmfValue value) {
  if (open_.empty()) {
    values_.push_back(std::move(value));
  } else {
    open_.back().members.set(std::move(name), std::move(value));
  }
}

void ConnOption::end() {
  Open done = std::move(open_.back());
  open_.pop_back();
  put(std::move(done.name), std::move(done.members));
}

std::vector<AmfValue> ConnOption::take() {
  while (!open_.empty()) end();
  return std::move(values_);
}

}  // namespace multiconnection::util
