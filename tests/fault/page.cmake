# Whether PAGE is what PROGRAM --table prints.
execute_process(COMMAND ${PROGRAM} --table OUTPUT_VARIABLE made COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PAGE} there)
if(NOT made STREQUAL there)
  message(FATAL_ERROR "${PAGE} is not what ${PROGRAM} --table prints: write that there")
endif()
