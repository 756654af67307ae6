#include "fault/world.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

#include "fault/name_server.hpp"
#include "integration/array_support.hpp"
#include "support/temp_dir.hpp"

namespace multiconnection::test {
namespace {

Error systemError(const std::string& what) {
  return {std::error_code(errno, std::generic_category()), what + ": " + std::strerror(errno)};
}

Result<void> command(const std::string& line) {
  if (std::system(line.c_str()) == 0) return {};
  return Error{Errc::Unsupported, line};
}

void writeFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// Namespaces of our own: by right, or as a user who is root in a namespace.
Result<void> leaveHome() {
  constexpr int kOwn = CLONE_NEWNET | CLONE_NEWNS;
  const auto user = std::to_string(::getuid());
  const auto group = std::to_string(::getgid());
  if (::unshare(kOwn) != 0) {
    if (::unshare(kOwn | CLONE_NEWUSER) != 0) return systemError("unshare");
    writeFile("/proc/self/setgroups", "deny");
    writeFile("/proc/self/uid_map", "0 " + user + " 1");
    writeFile("/proc/self/gid_map", "0 " + group + " 1");
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return systemError("mount");
  return {};
}

Result<void> mountDisk(const std::string& path, const char* size) {
  std::filesystem::create_directory(path);
  if (::mount("tmpfs", path.c_str(), "tmpfs", 0, size) != 0) return systemError("mount " + path);
  return {};
}

}  // namespace

class World::Impl {
 public:
  ~Impl() {
    for (const char* name : {"disk", "small"}) ::umount2(folder_.file(name).c_str(), MNT_DETACH);
    if (far_ >= 0) ::close(far_);
    if (farSocket_ >= 0) ::close(farSocket_);
  }

  Result<void> create() {
    if (auto left = leaveHome(); !left) return left;
    if (auto up = command("ip link set lo up"); !up) return up;
    // Small buffers: what nobody reads is felt soon. Not for ourselves alone if it is forbidden.
    writeFile("/proc/sys/net/ipv4/tcp_rmem", "4096 16384 65536");
    if (auto made = mountDisk(folder_.file("disk"), "size=1g"); !made) return made;
    if (auto made = mountDisk(folder_.file("small"), "size=64k"); !made) return made;
    if (auto laid = layCable(); !laid) return laid;
    return startNames();
  }

  void atFarEnd(const std::function<void()>& task) {
    std::thread([&] {
      if (::setns(far_, CLONE_NEWNET) != 0) std::abort();
      task();
    }).join();
  }

  void cutCable(bool cut) {
    ifreq request{};
    std::strcpy(request.ifr_name, "far");
    ::ioctl(farSocket_, SIOCGIFFLAGS, &request);
    const int flags = cut ? request.ifr_flags & ~IFF_UP : request.ifr_flags | IFF_UP;
    request.ifr_flags = static_cast<short>(flags);
    ::ioctl(farSocket_, SIOCSIFFLAGS, &request);
  }

  void setNames(Names names) { names_->set(names); }
  std::string folder(const std::string& name) const { return folder_.file(name); }

 private:
  Result<void> layCable() {
    Result<void> laid;
    const std::string here = std::to_string(::getpid());
    std::thread([&] {
      if (::unshare(CLONE_NEWNET) != 0) {
        laid = systemError("unshare");
        return;
      }
      far_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
      farSocket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      laid = command("ip link add far type veth peer name near netns " + here +
                     " && ip address add 10.77.0.2/24 dev far && ip link set far up");
    }).join();
    if (!laid) return laid;
    return command(
        "ip address add 10.77.0.1/24 dev near && ip link set near up"
        " && ip route add 10.78.0.0/24 via 10.77.0.2");
  }

  Result<void> startNames() {
    auto started = NameServer::start();
    if (!started) return started.error();
    names_ = std::move(started).value();
    writeFile(folder_.file("resolv.conf"), "nameserver 127.0.0.1\n");
    if (::mount(folder_.file("resolv.conf").c_str(), "/etc/resolv.conf", nullptr, MS_BIND,
                nullptr) != 0) {
      return systemError("mount /etc/resolv.conf");
    }
    return {};
  }

  TempDir folder_;
  int far_ = -1;
  int farSocket_ = -1;
  std::unique_ptr<NameServer> names_;
};

World::World(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
World::~World() = default;

Result<std::unique_ptr<World>> World::create() {
  auto impl = std::make_unique<Impl>();
  if (auto created = impl->create(); !created) return created.error();
  return std::unique_ptr<World>(new World(std::move(impl)));
}

void World::atFarEnd(const std::function<void()>& task) { impl_->atFarEnd(task); }
void World::cutCable(bool cut) { impl_->cutCable(cut); }
void World::setNames(Names names) { impl_->setNames(names); }
std::string World::disk() const { return impl_->folder("disk"); }
std::string World::smallDisk() const { return impl_->folder("small"); }

NoMoreFiles::NoMoreFiles() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  before_ = limit.rlim_cur;
  limit.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

NoMoreFiles::~NoMoreFiles() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t heapInUse() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

Holdings Holdings::now() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return {test::threads(), static_cast<std::size_t>(std::distance(begin(files), end(files))),
          heapInUse()};
}

}  // namespace multiconnection::test
