#include "multiconnection/error.hpp"

namespace multiconnection {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "multiconnection"; }
  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::InvalidArgument:
        return "invalid argument";
      case Errc::InvalidState:
        return "not possible in this state";
      case Errc::Unsupported:
        return "not supported";
      case Errc::CorruptData:
        return "corrupt data";
      case Errc::LimitExceeded:
        return "limit exceeded";
      case Errc::TimedOut:
        return "timed out";
      case Errc::Refused:
        return "refused";
      case Errc::Closed:
        return "closed";
    }
    return "unknown error " + std::to_string(value);
  }
};

}  // namespace

const std::error_category& errorCategory() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), errorCategory()};
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  out << error.message << " (" << error.code.message() << ')';
  if (error.server) out << " [server " << *error.server << ']';
  return out;
}

}  // namespace multiconnection
