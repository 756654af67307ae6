#include "fault/matrix.hpp"

namespace multiconnection::test {
namespace {

using enum Moment;

/// Why a fault has no such moments.
struct Impossible {
  std::string_view fault;
  std::vector<Moment> moments;
  std::string_view reason;
};

constexpr std::string_view kConnected = "a connection stands by then: see half-open";
constexpr std::string_view kNameKnown =
    "the name was found by then; it is looked up again after a loss: see while publishing";
constexpr std::string_view kFilesOpen =
    "a connection has its files by then; the next one needs some: see while publishing";

const std::vector<Impossible> kImpossible{
    {"refused", {Handshake}, "a handshake has no way to say no: see reset and garbage"},
    {"refused",
     {Media},
     "media is not answered: who wants no more of it ends the connection, see reset"},
    {"refused", {Close}, "nothing that is ended can be refused"},
    {"unroutable", {Handshake, Connect, CreateStream, Publish, Media, Close}, kConnected},
    {"unreachable", {Handshake, Connect, CreateStream, Publish, Media, Close}, kConnected},
    {"noAcks", {Close}, "what was sent is not waited for to be acknowledged"},
    {"ghost", {Tcp, Handshake, Connect, CreateStream}, "no name is asked for yet"},
    {"ghost", {Close}, "nothing is published again"},
    {"redirects", {Tcp, Handshake}, "a redirect is an answer to a command"},
    {"redirects", {CreateStream}, "a redirect is an answer to connect, publish or play"},
    {"redirects", {Close}, "who leaves is not sent elsewhere"},
    {"noName", {Handshake, Connect, CreateStream, Publish}, kNameKnown},
    {"noName", {Close}, "no name is asked for any more"},
    {"nameHangs", {Handshake, Connect, CreateStream, Publish}, kNameKnown},
    {"nameHangs", {Close}, "no name is asked for any more"},
    {"noFiles", {Handshake, Connect, CreateStream, Publish}, kFilesOpen},
    {"diskFull", {Tcp, Handshake, Connect, CreateStream}, "nothing is recorded yet"},
    {"diskFull", {Close}, "the last frames are what a recording ends with: see while publishing"},
};

}  // namespace

std::vector<Row> impossibleRows() {
  std::vector<Row> all;
  for (const Impossible& entry : kImpossible) {
    for (const Moment moment : entry.moments) {
      Row row;
      row.fault = entry.fault;
      row.moment = moment;
      row.cannot = entry.reason;
      all.push_back(row);
    }
  }
  return all;
}

}  // namespace multiconnection::test
