#include "session/secure_token.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace multiconnection::session {
namespace {

using Word = std::uint32_t;
using Words = std::vector<Word>;
using Key = std::array<Word, 4>;

constexpr Word kDelta = 0x9E3779B9;
constexpr std::size_t kHexDigits = 8;  // Of one word.
constexpr std::size_t kMinWords = 2;
constexpr std::size_t kMaxWords = 256;

/// The byte at place `at` of words that follow each other with their lowest byte first.
constexpr unsigned shiftOf(std::size_t at) { return static_cast<unsigned>(at % sizeof(Word)) * 8; }

Key keyOf(std::string_view text) {
  Key key{};
  for (std::size_t i = 0; i < std::min(text.size(), sizeof(Key)); ++i) {
    key[i / sizeof(Word)] |= static_cast<Word>(static_cast<unsigned char>(text[i])) << shiftOf(i);
  }
  return key;
}

std::optional<Words> wordsOf(std::string_view hex) {
  const std::size_t count = hex.size() / kHexDigits;
  if (hex.size() % kHexDigits != 0 || count < kMinWords || count > kMaxWords) return std::nullopt;
  Words words(count);
  for (std::size_t i = 0; i < hex.size() / 2; ++i) {
    const char* const digits = hex.data() + 2 * i;
    std::uint8_t byte = 0;
    const auto [end, problem] = std::from_chars(digits, digits + 2, byte, 16);
    if (problem != std::errc{} || end != digits + 2) return std::nullopt;
    words[i / sizeof(Word)] |= static_cast<Word>(byte) << shiftOf(i);
  }
  return words;
}

Word mixed(Word before, Word after, Word sum, Word keyWord) {
  return ((before >> 5 ^ after << 2) + (after >> 3 ^ before << 4)) ^
         ((sum ^ after) + (keyWord ^ before));
}

void decrypt(Words& words, const Key& key) {
  const std::size_t count = words.size();
  const Word rounds = 6 + static_cast<Word>(52 / count);
  for (Word sum = rounds * kDelta; sum != 0; sum -= kDelta) {
    for (std::size_t i = count; i-- > 0;) {
      const Word before = words[(i + count - 1) % count];
      const Word after = words[(i + 1) % count];
      words[i] -= mixed(before, after, sum, key[(i ^ (sum >> 2)) & 3]);
    }
  }
}

}  // namespace

std::optional<std::string> secureTokenIn(const rtmp::Command& reply) {
  constexpr char kName[] = "secureToken";
  if (reply.object[kName].isString()) return reply.object[kName].as<std::string>();
  for (const AmfValue& value : reply.arguments) {
    if (value[kName].isString()) return value[kName].as<std::string>();
  }
  return std::nullopt;
}

std::optional<std::string> decodeSecureToken(std::string_view hex, std::string_view key) {
  auto words = wordsOf(hex);
  if (!words) return std::nullopt;
  decrypt(*words, keyOf(key));
  std::string text(words->size() * sizeof(Word), '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>((*words)[i / sizeof(Word)] >> shiftOf(i) & 0xFF);
  }
  return text;
}

}  // namespace multiconnection::session
