# Runs one fuzz program over its corpus and 20,000 inputs made from it, or for one minute: a target
# that starts a thread per input gets through fewer. Without entropic, which favours rare branches,
# the same time does for twice as many inputs, and these reach as much. Leaks are looked for once, at
# the end: after each input that would take a target with threads most of its time.
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})
set(seeds)
if(IS_DIRECTORY ${CORPUS})
  set(seeds ${CORPUS})
endif()
execute_process(
  COMMAND ${PROGRAM} -entropic=0 -detect_leaks=0 -runs=20000 -max_total_time=60 -seed=1 -timeout=10
          -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=${SCRATCH}/ ${SCRATCH} ${seeds}
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}; its input lies in ${SCRATCH}")
endif()
