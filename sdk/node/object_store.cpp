#include "node/object_store.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace multiconnection::node {

using Kind = ObjectAction::Kind;

namespace {

/// What an action in the queue takes beside what it carries.
constexpr std::size_t kEntryBytes = 256;

}  // namespace

/// What is written at once. The disk's thread only.
class ObjectStore::Batch {
 public:
  explicit Batch(ObjectFiles& files) : files_(files) {}

  Outcome run(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      const ObjectKey& key = entry.action.key;
      if (entry.action.kind == Kind::Store) {
        if (!entry.payload.empty()) unwritten_[key].push_back(entry.payload);
        continue;
      }
      write(key);
      if (entry.action.kind == Kind::Load) {
        outcome_.loaded.emplace_back(key, files_.load(key));
      } else {
        files_.forget(key);
      }
    }
    while (!unwritten_.empty()) write(ObjectKey(unwritten_.begin()->first));
    return std::move(outcome_);
  }

 private:
  void write(const ObjectKey& key) {
    const auto payloads = unwritten_.extract(key);
    if (!payloads || outcome_.failures.count(key) != 0) return;
    const auto written = files_.append(key, payloads.mapped());
    if (written) return;
    outcome_.failures.emplace(key, Failure{written.error(), files_.contentOf(key)});
  }

  ObjectFiles& files_;
  std::map<ObjectKey, std::vector<Bytes>> unwritten_;
  Outcome outcome_;
};

ObjectStore::ObjectStore(reactor::Loop& loop, util::ConfinedFolder root,
                         const ObjectFiles::Settings& settings, Handlers handlers)
    : loop_(loop),
      handlers_(std::move(handlers)),
      files_(std::move(root), settings),
      disk_(
          nullptr, [this] { broken_ = true; }, "mc-objects") {}

ObjectStore::~ObjectStore() { disk_.close(); }

void ObjectStore::add(ObjectAction&& action) {
  Entry entry{std::move(action)};
  const ObjectStep& step = entry.action.step;
  if (step.cleared || !step.changes.empty()) entry.payload = makeLogPayload(step);
  if (entry.action.kind == Kind::Store && entry.payload.empty() && !busy_) {
    return handlers_.onStored(std::move(entry.action));
  }
  entry.bytes = kEntryBytes + entry.payload.size();
  for (const ObjectDelivery& delivery : step.deliveries) {
    entry.bytes += delivery.message.body.size();
  }
  waitingBytes_ += entry.bytes;
  queue_.push_back(std::move(entry));
  if (!busy_) start();
}

ObjectStore::Outcome ObjectStore::write(ObjectFiles& files, const std::vector<Entry>& entries) {
  try {
    return Batch(files).run(entries);
  } catch (const std::exception& thrown) {
    // Too little memory. What the files hold now is not known: they are to be read again.
    const Error why{Errc::LimitExceeded, std::string("cannot be written: ") + thrown.what()};
    Outcome outcome;
    for (const Entry& entry : entries) {
      const ObjectKey& key = entry.action.key;
      files.forget(key);
      if (entry.action.kind == Kind::Load) outcome.loaded.emplace_back(key, why);
      if (entry.action.kind == Kind::Store) outcome.failures.emplace(key, Failure{why, why});
    }
    return outcome;
  }
}

void ObjectStore::start() {
  busy_ = true;
  auto batch = std::make_shared<std::vector<Entry>>(std::exchange(queue_, {}));
  disk_.post([this, batch] {
    auto outcome = std::make_shared<Outcome>(write(files_, *batch));
    loop_.post([this, batch, outcome] { finish(*batch, *outcome); });
  });
}

void ObjectStore::finish(std::vector<Entry>& batch, Outcome& outcome) {
  busy_ = false;
  std::map<ObjectKey, std::vector<ObjectAction>> lost;
  std::vector<ObjectAction> stored;
  for (Entry& entry : batch) {
    waitingBytes_ -= entry.bytes;
    if (entry.action.kind != Kind::Store) continue;
    const bool failed = outcome.failures.count(entry.action.key) != 0;
    (failed ? lost[entry.action.key] : stored).push_back(std::move(entry.action));
  }
  // What was done since on top of what is lost is lost, too.
  std::erase_if(queue_, [&](Entry& entry) {
    const auto found = lost.find(entry.action.key);
    if (found == lost.end() || entry.action.kind != Kind::Store) return false;
    waitingBytes_ -= entry.bytes;
    found->second.push_back(std::move(entry.action));
    return true;
  });
  if (!queue_.empty()) start();
  for (ObjectAction& action : stored) handlers_.onStored(std::move(action));
  for (auto& [key, actions] : lost) {
    const Failure& failure = outcome.failures.at(key);
    handlers_.onLost(key, failure.content, std::move(actions), failure.why);
  }
  for (auto& [key, content] : outcome.loaded) handlers_.onLoaded(key, std::move(content));
}

void ObjectStore::drain() {
  bool idle = false;
  while (!idle) {
    std::promise<void> done;
    disk_.post([&done] { done.set_value(); });
    done.get_future().wait();
    loop_.run([this, &idle] { idle = !busy_ || broken_; });
  }
}

}  // namespace multiconnection::node
