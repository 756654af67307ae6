#include "util/secrets.hpp"

#include <algorithm>

namespace multiconnection::util {
namespace {

constexpr std::string_view kHidden = "***";
/// Anything shorter keeps nobody out, and stands in ordinary words.
constexpr std::size_t kLeastBytes = 4;

}  // namespace

void Secrets::addQueryOf(std::string_view app) {
  const auto start = app.find('?');
  if (start == std::string_view::npos) return;
  std::string_view query = app.substr(start + 1);
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    // Without a '=' the whole part is the value.
    add(part.substr(part.find('=') + 1));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
  }
}

void Secrets::addStreamName(std::string_view name) {
  add(name.substr(0, name.find('?')));
  addQueryOf(name);
}

void Secrets::addTextsOf(const AmfValue& value) {
  if (const auto* text = value.get<std::string>()) add(*text);
  if (const auto* array = value.get<AmfArray>()) {
    for (const AmfValue& entry : *array) addTextsOf(entry);
  }
  if (const auto* object = value.get<AmfObject>()) {
    for (const auto& [name, member] : *object) addTextsOf(member);
  }
}

void Secrets::add(std::string_view secret) {
  if (secret.size() < kLeastBytes) return;
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  const auto place = std::find_if(secrets_.begin(), secrets_.end(), [&](const std::string& other) {
    return other.size() < secret.size();
  });
  secrets_.emplace(place, secret);
}

std::string Secrets::hiddenIn(std::string text) const {
  for (const std::string& secret : secrets_) {
    auto at = text.find(secret);
    while (at != std::string::npos) {
      text.replace(at, secret.size(), kHidden);
      at = text.find(secret, at + kHidden.size());
    }
  }
  return text;
}

}  // namespace multiconnection::util
