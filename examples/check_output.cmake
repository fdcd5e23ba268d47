# cmake -DPROGRAM=... -DARGUMENTS=... -DEXPECTED=FILE -P check_output.cmake: fails unless PROGRAM succeeds and prints FILE.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ ${EXPECTED} expected)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM}: expected exit status 0, got ${status}\n${printed}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM}: expected\n${expected}got\n${printed}")
endif()
