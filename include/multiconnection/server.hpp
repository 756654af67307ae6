#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "multiconnection/amf_value.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/export.hpp"
#include "multiconnection/status.hpp"

namespace multiconnection {

/// When a server that failed or was lost is tried again, and for how long.
struct ReconnectPolicy {
  bool enabled = true;
  /// Before the first try. 0 to 24 h, as all times here.
  std::chrono::milliseconds initial{1000};
  /// What each wait is multiplied by for the next. 1 to 100.
  double factor = 1.5;
  /// The longest wait, `jitter` aside.
  std::chrono::milliseconds cap{30000};
  /// How far a wait is moved by chance, as a part of it, so that clients do not all come back at
  /// once. 0 to 0.9.
  double jitter = 0.2;
  /// Tries in a row before the server is given up. 0: no limit.
  std::size_t attempts = 0;
  /// Time in trouble before the server is given up. 0: no limit.
  std::chrono::milliseconds giveUpAfter{0};
  /// A server that has stayed for so long is healthy: the next trouble is a new one, and begins
  /// with the first wait.
  std::chrono::milliseconds healthyAfter{30000};
  /// A server that says that the stream's name is in use, so soon after it lost the connection that
  /// published it, still holds it for that one: publishing is tried again meanwhile.
  std::chrono::milliseconds ghostTime{60000};

  static ReconnectPolicy never() {
    ReconnectPolicy policy;
    policy.enabled = false;
    return policy;
  }
};

/// How far one server may fall behind before it is spared frames; every other one gets all of them.
/// Ages are media time: the newest frame handed in, minus the oldest one of its kind that waits for
/// this server. No frame is ever sent whose reference was left out. 0 to 24 h each.
struct DropLimits {
  std::chrono::milliseconds disposableAfter{700};  ///< Video: frames that no other needs go.
  std::chrono::milliseconds videoAfter{900};       ///< Video: all up to the next key frame goes.
  std::chrono::milliseconds audioAfter{2000};      ///< The oldest audio goes, too.
  std::chrono::milliseconds audioOnlyAfter{900};   ///< The same in a stream without video.
  std::size_t maxBytes = 16u << 20;                ///< All that waits. 64 KiB to 1 GiB.
};

/// A server that stands in for the one of an entry, as long as that cannot serve.
struct Backup {
  std::string url;         ///< As ServerEntry::url.
  std::string streamName;  ///< Stream name there; empty: as at the entry. Treated as a secret.
  std::string key;         ///< Put behind it there; empty: as at the entry. Treated as a secret.

  Backup() = default;
  Backup(const char* location) : url(location) {}
  Backup(std::string location) : url(std::move(location)) {}
};

/// When a backup takes over from the server of its entry, and gives way to it again.
struct FailoverPolicy {
  /// What the next backup does while a server before it serves.
  enum class Standby {
    Cold,  ///< Nothing: it is connected when it is needed.
    Warm,  ///< It is connected, and publishes when it is needed.
    Hot,   ///< It publishes too: it takes over without a gap, at the price of the bandwidth.
  };
  Standby standby = Standby::Warm;
  /// How long the entry's own server (or an earlier backup) has to be connected again before the
  /// stream goes back to it, at a key frame. Nothing: the stream stays where it is for as long as
  /// that serves. 0 to 24 h.
  std::optional<std::chrono::milliseconds> failBackAfter{std::chrono::milliseconds(10000)};
};

/// How the array's shared objects reach a server.
enum class SharedObjectPlacement {
  /// Over the connection that the first stream uses: the server sees one client. One that ends it
  /// instead of answering is remembered: from then on they have a connection of their own there;
  /// none once it ends that twice in a row as well, until startServer().
  SameConnection,
  OwnConnection,  ///< All of them over one of their own.
  Off,            ///< Not at all.
};

/// One server of the array: where it is and how it is spoken to. Made from a URL implicitly.
struct ServerEntry {
  /// rtmp://host[:port]/app[/instance], or rtmpe://: IPv4, [IPv6] or a name; port 1935 by default;
  /// the whole path is the application, a query string goes along unchanged. Behind it, each after
  /// a space, options in librtmp's manner: "rtmp://h/app swfUrl=http://h/p.swf conn=S:me"; the
  /// manual lists them. They win over ConnectOptions, and events never show them.
  std::string url;
  /// Stream name on this server; empty: the name given to publish(). Treated as a secret.
  std::string streamName;
  /// Put behind the stream name here, e.g. "?token=x" or "-high". Treated as a secret.
  std::string key;
  /// Added to the timestamp of everything published here. 0 to 24 h.
  std::chrono::milliseconds timeOffset{0};
  /// Arguments of connect for this server, behind those of ConnectOptions.
  std::vector<AmfValue> arguments;
  /// When this server is tried again; nothing: as ConnectOptions says.
  std::optional<ReconnectPolicy> reconnect;
  /// Bytes a chunk of our messages carries. 128 to 16,777,215.
  std::uint32_t chunkSize = 65536;
  /// Servers that stand in for this one, in the order in which they are tried; 16 at most. An entry
  /// counts as connected, or publishing, while one of them is, and has failed when all have: each
  /// but the last gets an equal share of setupTimeout, the last what is left of the attempt.
  std::vector<Backup> backups;
  FailoverPolicy failover;  ///< Of the backups.
  /// Where several servers fall behind at once, the way to all of them is too narrow: then those of
  /// lower priority go without video, one after another, until the others get all of theirs.
  int priority = 0;
  DropLimits dropLimits;
  SharedObjectPlacement sharedObjects = SharedObjectPlacement::SameConnection;

  ServerEntry() = default;
  ServerEntry(const char* location) : url(location) {}
  ServerEntry(std::string location) : url(std::move(location)) {}
  ServerEntry(std::string location, std::string name)
      : url(std::move(location)), streamName(std::move(name)) {}
};

/// Says which servers of the array a call is about. Only all() may stand for several: any other
/// must fit one server, else the call returns Errc::InvalidArgument, naming it.
class Server {
 public:
  enum class Kind { All, Index, Id, Url, Host };
  static Server all() { return Server(Kind::All, 0, {}); }
  /// By its position: see ServerReport::index.
  static Server index(std::size_t position) { return Server(Kind::Index, position, {}); }
  static Server id(ServerId id) { return Server(Kind::Id, id, {}); }
  /// By its URL, exactly as it was given.
  static Server url(std::string url) { return Server(Kind::Url, 0, std::move(url)); }
  /// By "host" or "host:port", letters in either case; IPv6 in brackets or, alone, without.
  static Server host(std::string host) { return Server(Kind::Host, 0, std::move(host)); }

  Kind kind() const noexcept { return kind_; }
  std::uint64_t number() const noexcept { return number_; }   ///< Of Index and Id.
  const std::string& text() const noexcept { return text_; }  ///< Of Url and Host.

 private:
  Server(Kind kind, std::uint64_t number, std::string text)
      : kind_(kind), number_(number), text_(std::move(text)) {}
  Kind kind_;
  std::uint64_t number_;
  std::string text_;
};

/// When an array counts as connected, or as publishing.
class Policy {
 public:
  enum class Kind { All, Any, Quorum };
  static constexpr Policy all() noexcept { return Policy(Kind::All, 0); }
  static constexpr Policy any() noexcept { return Policy(Kind::Any, 1); }
  /// @param count  1 up to the number of servers, else connect() returns InvalidArgument.
  static constexpr Policy quorum(std::size_t count) noexcept { return Policy(Kind::Quorum, count); }

  constexpr Kind kind() const noexcept { return kind_; }
  /// How many of `servers` must be up.
  constexpr std::size_t required(std::size_t servers) const noexcept {
    return kind_ == Kind::All ? servers : count_;
  }

 private:
  constexpr Policy(Kind kind, std::size_t count) noexcept : kind_(kind), count_(count) {}
  Kind kind_;
  std::size_t count_;
};

/// An rtmp:// or rtmpe:// URL in its parts, as this SDK reads it.
struct RtmpUrl {
  enum class Scheme {
    Rtmp,
    Rtmpe,  ///< Encrypted by RTMP itself. Keeps no determined listener out: there are no
            ///< certificates, and its keys are weak.
  };
  std::string host;  ///< Name or address; IPv6 without its brackets.
  std::uint16_t port = 1935;
  std::string app;         ///< Path without its leading slash, query included.
  std::string streamName;  ///< Filled by splitStreamName() only.
  Scheme scheme = Scheme::Rtmp;

  /// @return Errc::InvalidArgument naming what is wrong: scheme, user info, host, port, empty app.
  MC_API static Result<RtmpUrl> parse(const std::string& text);
  /// Moves the last path segment (with the query string) from the application to the stream name.
  /// @return Errc::InvalidArgument when only one segment is there.
  MC_API Result<void> splitStreamName();
  /// scheme://host[:port]/app, the port left away when it is 1935; IPv6 in brackets.
  MC_API std::string tcUrl() const;
  /// The URL for people: query values and the stream name as ***.
  MC_API std::string redacted() const;
};

}  // namespace multiconnection
