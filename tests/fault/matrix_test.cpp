// Every fault, at every moment, in arrays of every size. The checks of one cell are those of Scene.
//
//   fault_matrix [--gtest_...]                everything
//   fault_matrix --slice COUNT [--gtest_...]  so many cells; MULTICONNECTION_SEED or the commit
//                                             chooses them
//   fault_matrix --table                      prints docs/fault-matrix.md
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fault/matrix.hpp"
#include "fault/scene.hpp"
#include "fault/world.hpp"

namespace multiconnection::test {
namespace {

std::unique_ptr<World> world;

/// What may be left of a cell: what is kept for the process's life, and gaps between blocks.
constexpr std::size_t kHeapLeft = 256 * 1024;

class Matrix : public ::testing::TestWithParam<Cell> {};

TEST_P(Matrix, CostsTheOthersNothing) {
  const Holdings before = Holdings::now();
  {
    Scene scene(*world, GetParam());
    scene.run();
  }
  EXPECT_EQ(threadsOnceThereAre(before.threads), before.threads);
  const Holdings after = Holdings::now();
  EXPECT_EQ(after.files, before.files);
  EXPECT_LE(after.heap, before.heap + kHeapLeft);
}

INSTANTIATE_TEST_SUITE_P(Cells, Matrix, ::testing::ValuesIn(cells()),
                         [](const auto& cell) { return cellName(cell.param); });

TEST(MatrixOfFaults, HasEveryCell) {
  for (const std::string& gap : gaps(rows())) ADD_FAILURE() << gap;
}

TEST(MatrixOfFaults, ToldApartWhatIsMissingOrThereTwice) {
  std::vector<Row> some = rows();
  some.push_back(some.front());
  some.erase(some.begin() + 1);
  EXPECT_EQ(gaps(some).size(), 2U);
}

TEST(MatrixOfFaults, KnowsTheFaultsOfItsRows) {
  for (const Row& row : rows()) {
    const auto& kinds = faultKinds();
    EXPECT_TRUE(std::any_of(kinds.begin(), kinds.end(), [&](const FaultKind& kind) {
      return kind.word == row.fault;
    })) << row.fault;
  }
}

TEST(MatrixOfFaults, SetsTheClockForEveryPartOfTheProcess) {
  const auto steady = std::chrono::steady_clock::now();
  const auto system = std::chrono::system_clock::now();
  shiftSystemClock(std::chrono::hours(24));
  EXPECT_GE(std::chrono::system_clock::now() - system, std::chrono::hours(24));
  EXPECT_LT(std::chrono::steady_clock::now() - steady, std::chrono::hours(1));
  shiftSystemClock(std::chrono::seconds(0));
}

/// MULTICONNECTION_SEED, or else the commit, so that every change tries other cells.
std::string seedText() {
  if (const char* given = std::getenv("MULTICONNECTION_SEED")) return given;
  std::string commit(7, '1');
  FILE* const git = ::popen("git -c safe.directory='*' rev-parse --short=7 HEAD 2>/dev/null", "r");
  if (git == nullptr) return commit;
  (void)std::fread(commit.data(), 1, commit.size(), git);
  ::pclose(git);
  return commit;
}

/// A filter for so many cells, another choice for each seed.
std::string slice(std::size_t count) {
  const std::string text = seedText();
  std::seed_seq seed(text.begin(), text.end());
  std::cout << "a slice of " << count << " cells, MULTICONNECTION_SEED=" << text << '\n';
  std::vector<Cell> all = cells();
  std::shuffle(all.begin(), all.end(), std::mt19937(seed));
  std::string filter = "MatrixOfFaults.*";
  for (std::size_t i = 0; i < std::min(count, all.size()); ++i) {
    filter += ":*/" + cellName(all[i]);
  }
  return filter;
}

int runAll() {
  auto created = World::create();
  if (!created) {
    std::cerr << "fault_matrix: no namespaces: " << created.error() << '\n';
    return 1;
  }
  world = std::move(created).value();
  const int result = RUN_ALL_TESTS();
  world.reset();
  return result;
}

}  // namespace
}  // namespace multiconnection::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"--table"}) {
    std::cout << multiconnection::test::table();
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "--slice") {
    GTEST_FLAG_SET(filter, multiconnection::test::slice(std::stoul(arguments[1])));
  } else if (!arguments.empty()) {
    std::cerr << "usage: fault_matrix [--slice COUNT | --table]\n";
    return 2;
  }
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  return multiconnection::test::runAll();
}
