# The configurations that tests of whole pipelines run under once more (tests/support/configuration.h). Each is one
# process, and one test for ctest.
#
# Not here, because the tests go through all of them anyway: the adapter modes (each test of hot_swap and of
# parity_pictures loops over them), and a cache that is too small (hot_swap's own options).
set(VENEER_TEST_CONFIGURATIONS
  "one_thread|threads=1 team=1"
  "two_threads|threads=2 team=2"
  "sixteen_threads|threads=16 team=16"  # more than the machine has: teams wait for each other
  "without_hoisting|without=hoist"
  "without_a_cache|cache=0"
  "larger_first|before=larger"
  "after_eviction|before=more_sizes_than_are_kept")

# Runs the test program under each configuration. FILTER: of gtest, what is left out, and why.
#   veneer_configurations(hot_swap LABEL concurrency FILTER -HotSwap.ThousandSwaps*)
function(veneer_configurations name)
  cmake_parse_arguments(ARG "" "LABEL;FILTER" "SKIP" ${ARGN})
  foreach(row IN LISTS VENEER_TEST_CONFIGURATIONS)
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 configuration)
    list(GET row 1 settings)
    if(configuration IN_LIST ARG_SKIP)
      continue()
    endif()
    add_test(NAME ${name}.under.${configuration} COMMAND ${name} --gtest_filter=${ARG_FILTER})
    set_tests_properties(${name}.under.${configuration} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 1200
      # More threads than processors must not spin while they wait for each other.
      ENVIRONMENT "VENEER_TEST_CONFIGURATION=${settings};OMP_WAIT_POLICY=passive")
  endforeach()
endfunction()
