#include "fault/matrix.hpp"

#include <algorithm>
#include <utility>

namespace multiconnection::test {

std::string_view title(Moment moment) {
  switch (moment) {
    case Moment::Tcp:
      return "TCP connect";
    case Moment::Handshake:
      return "handshake";
    case Moment::Connect:
      return "connect";
    case Moment::CreateStream:
      return "createStream";
    case Moment::Publish:
      return "publish";
    case Moment::Media:
      return "while publishing";
    case Moment::Close:
      return "close";
  }
  return {};
}

std::string_view word(Moment moment) {
  switch (moment) {
    case Moment::Tcp:
      return "accept";
    case Moment::Media:
      return "media";
    default:
      return title(moment);
  }
}

const std::vector<FaultKind>& faultKinds() {
  static const std::vector<FaultKind> kinds{
      {"refused", "refused"},
      {"unroutable", "unroutable address"},
      {"unreachable", "no way to the address"},
      {"silent", "silent"},
      {"reset", "reset"},
      {"drip", "drip-feed: 20 bytes a second come"},
      {"stall1", "stall of 1 s"},
      {"stall5", "stall of 5 s"},
      {"stall60", "stall of 60 s"},
      {"halfOpen", "half-open: the cable is cut"},
      {"neverReads", "never reads"},
      {"trickle", "reads 1 kB/s"},
      {"noAcks", "no acknowledgements"},
      {"garbage", "garbage"},
      {"ghost", "BadName of our own ghost"},
      {"redirects", "redirect loop"},
      {"noName", "no such name"},
      {"nameHangs", "name server hangs"},
      {"clockForward", "clock set a day forward"},
      {"clockBack", "clock set a day back"},
      {"noFiles", "no file descriptors left"},
      {"diskFull", "server's disk full on recording"},
  };
  return kinds;
}

const Row* findRow(std::string_view fault, Moment moment) {
  for (const Row& row : rows()) {
    if (row.fault == fault && row.moment == moment) return &row;
  }
  return nullptr;
}

std::string cellName(const Cell& cell) {
  return std::string(cell.row->fault) + "_" + std::string(word(cell.row->moment)) + "_" +
         std::to_string(cell.size);
}

std::ostream& operator<<(std::ostream& out, const Cell& cell) { return out << cellName(cell); }

std::vector<Cell> cells() {
  std::vector<Cell> all;
  for (const Row& row : rows()) {
    if (!row.cannot.empty()) continue;
    for (const std::size_t size : kSizes) all.push_back({&row, size});
  }
  return all;
}

std::vector<std::string> gaps(const std::vector<Row>& rows) {
  std::vector<std::string> gaps;
  for (const FaultKind& kind : faultKinds()) {
    for (const Moment moment : kMoments) {
      const auto count = std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
        return row.fault == kind.word && row.moment == moment;
      });
      if (count == 1) continue;
      gaps.push_back(std::string(kind.word) + " at " + std::string(title(moment)) + ": " +
                     std::to_string(count) + " rows");
    }
  }
  return gaps;
}

namespace {

std::string codesOf(const Row& row) {
  std::string text;
  for (const StatusCode code : row.codes) {
    text += (text.empty() ? "`" : ", `") + std::string(codeName(code)) + "`";
  }
  if (text.empty() && !row.reason.empty()) return "\"" + std::string(row.reason) + "\"";
  return text.empty() ? "-" : text;
}

/// What the array says of it, on its own and where enough others are left.
std::pair<std::string, std::string> verdictsOf(const Row& row) {
  switch (row.outcome) {
    case Outcome::NotConnected:
      return {"`Setup.Failed`", "`Setup.Success`"};
    case Outcome::NotPublishing:
      if (row.comesBack == Return::Refused) return {"`Publish.Failed`", "`Publish.Success`"};
      return {"`Publish.Failed`, `Lost`", "`Publish.Success`; `Degraded` if that was not said yet"};
    case Outcome::LostLater:
      return {"`Lost`", "`Degraded`"};
    default:
      return {"-", "-"};
  }
}

std::string endOf(const Row& row) {
  if (row.moment == Moment::Close) return "is closed, within the limit";
  switch (row.comesBack) {
    case Return::ByItself:
      return "comes back";
    case Return::Repaired:
      return "is tried, and comes back when the fault is over";
    case Return::Tried:
      return "is tried again and again";
    case Return::Refused:
      return "said no: is not asked again";
    case Return::None:
      break;
  }
  switch (row.outcome) {
    case Outcome::Whole:
      return row.means == Means::DiskFull ? "passes the stream on; its recording ends"
                                          : "gets the whole stream";
    case Outcome::Thinned:
      return "gets the stream, perhaps with a gap up to a key frame";
    case Outcome::Unseen:
      return "stays; gets what it takes";
    default:
      return {};
  }
}

constexpr std::string_view kHead = R"(# What happens when a server fails

`tests/fault` tries every fault below at every moment, in arrays of 1, 2, 8 and 32 servers of which
one is faulty. Each cell checks that

* what the other servers recorded is what was published, frame by frame, and no event speaks of them;
* the faulty server's events carry the codes below, in this order, and its index; `Lost` and `Degraded`
  name it;
* queues and heap stay under their ceilings;
* `close()` ends within its limit, and leaves no thread, no file descriptor and no memory behind.

*Alone* is what an array of this one server says, *among others* what an array says that can do
without it (`Policy::quorum` of all but one). `Setup` stands for `NetConnection.Setup`, `Publish` for
`MultiStream.Publish`, `Lost` and `Degraded` for `MultiConnection.Lost` and `.Degraded`. A stall of a
number of seconds is tried at a twentieth of that, with time limits to match.

This page is made by `fault_matrix --table`; a test compares the two.
)";

}  // namespace

std::string table() {
  std::string text(kHead);
  for (const FaultKind& kind : faultKinds()) {
    text += "\n## " + std::string(kind.title) +
            "\n| when | the server's events | alone | among others | the server |\n"
            "|---|---|---|---|---|\n";
    std::string absent;
    for (const Moment moment : kMoments) {
      const Row* row = findRow(kind.word, moment);
      if (row == nullptr) continue;
      if (!row->cannot.empty()) {
        absent += "* " + std::string(title(moment)) + ": " + std::string(row->cannot) + ".\n";
        continue;
      }
      const auto [alone, among] = verdictsOf(*row);
      text += "| " + std::string(title(moment)) + " | " + codesOf(*row) + " | " + alone + " | " +
              among + " | " + endOf(*row) + " |\n";
    }
    if (!absent.empty()) text += "\nCannot happen:\n\n" + absent;
  }
  return text;
}

}  // namespace multiconnection::test
