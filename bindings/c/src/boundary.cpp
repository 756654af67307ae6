#include "boundary.hpp"

#include <multiconnection/version.hpp>

namespace multiconnection::c {
namespace {

mc_result resultOf(Errc code) noexcept {
  switch (code) {
    case Errc::InvalidArgument:
      return MC_INVALID_ARGUMENT;
    case Errc::InvalidState:
      return MC_INVALID_STATE;
    case Errc::Unsupported:
      return MC_UNSUPPORTED;
    case Errc::CorruptData:
      return MC_CORRUPT_DATA;
    case Errc::LimitExceeded:
      return MC_LIMIT_EXCEEDED;
    case Errc::TimedOut:
      return MC_TIMED_OUT;
    case Errc::Refused:
      return MC_REFUSED;
    case Errc::Closed:
      return MC_CLOSED;
  }
  return MC_INTERNAL;
}

mc_result resultOf(const std::error_code& code) noexcept {
  if (code.category() == errorCategory()) return resultOf(static_cast<Errc>(code.value()));
  return MC_SYSTEM;
}

void write(mc_error* target, mc_error source, const char* message) noexcept {
  if (target == nullptr || target->struct_size < sizeof(target->struct_size)) return;
  const std::size_t size = std::min(target->struct_size, sizeof(source));
  constexpr std::size_t kText = offsetof(mc_error, message);
  if (size > kText) copyText(source.message, size - kText, message);
  source.struct_size = target->struct_size;
  std::memcpy(target, &source, size);
}

}  // namespace

void copyText(char* target, std::size_t size, std::string_view text) noexcept {
  if (size == 0) return;
  std::size_t length = std::min(text.size(), size - 1);
  if (length < text.size()) {
    // A byte 10xxxxxx goes on with the character before it (RFC 3629).
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  }
  std::memcpy(target, text.data(), length);
  target[length] = '\0';
}

mc_result report(mc_error* error, const Error& why) noexcept {
  mc_error filled = MC_ERROR_INIT;
  filled.result = resultOf(why.code);
  if (filled.result == MC_SYSTEM) filled.system_code = why.code.value();
  if (why.server) filled.server_index = static_cast<std::int64_t>(*why.server);
  write(error, filled, why.message.c_str());
  return filled.result;
}

mc_result report(mc_error* error, mc_result result, const char* message) noexcept {
  mc_error filled = MC_ERROR_INIT;
  filled.result = result;
  write(error, filled, message);
  return result;
}

}  // namespace multiconnection::c

extern "C" {

const char* mc_version(void) { return multiconnection::kVersionString; }
uint32_t mc_abi_version(void) { return MC_ABI_VERSION; }

const char* mc_result_text(mc_result result) {
  switch (result) {
    case MC_OK:
      return "success";
    case MC_INVALID_ARGUMENT:
      return "invalid argument";
    case MC_INVALID_STATE:
      return "invalid state";
    case MC_UNSUPPORTED:
      return "unsupported";
    case MC_CORRUPT_DATA:
      return "corrupt data";
    case MC_LIMIT_EXCEEDED:
      return "limit exceeded";
    case MC_TIMED_OUT:
      return "timed out";
    case MC_REFUSED:
      return "refused";
    case MC_CLOSED:
      return "closed";
    case MC_SYSTEM:
      return "system error";
    case MC_OUT_OF_MEMORY:
      return "out of memory";
    case MC_INTERNAL:
      return "internal error";
    default:
      return "unknown result";
  }
}

}  // extern "C"
