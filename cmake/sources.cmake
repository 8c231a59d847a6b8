# What single files are compiled with.
if(SLEY_SANITIZE MATCHES "thread")
  # ThreadSanitizer does not understand ConcurrencyKit's fences; that folder tells it by hand.
  set_source_files_properties(${queue_sources} PROPERTIES
    COMPILE_OPTIONS "-fno-sanitize=thread;-DSLEY_TSAN=1")
endif()

# x86-64 processors that cannot fetch a cache line to write to it take the instruction for none. For all files that
# use queues, for the optimizer puts no function into one that is compiled for less; not for promises, so that it
# can put those into the user's.
check_c_compiler_flag(-mprfchw SLEY_HAS_PRFCHW)
if(SLEY_HAS_PRFCHW AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
  set_property(SOURCE ${queue_sources} ${domain_sources} APPEND PROPERTY COMPILE_OPTIONS -mprfchw)
endif()

# These say what is wrong when an exception of C++ passes.
set(throws reactor/run.c reactor/turn.c preempt/thread.c preempt/job.c preempt/detach.c)
list(TRANSFORM throws PREPEND "${PROJECT_SOURCE_DIR}/src/")
set_property(SOURCE ${throws} APPEND PROPERTY COMPILE_OPTIONS -fexceptions)

# The switch of fibers. Its assembly defines symbols, which the link-time optimizer does not see.
set(switch "${PROJECT_SOURCE_DIR}/src/promise/fiber/fiber_switch.c")
check_c_compiler_flag(-fno-lto SLEY_HAS_NO_LTO)
if(SLEY_HAS_NO_LTO)
  set_property(SOURCE "${switch}" APPEND PROPERTY COMPILE_OPTIONS -fno-lto)
endif()
if(NOT SLEY_UCONTEXT)
  # Its assembly leaves one stack for another and jumps where a call would return, which neither shadow stacks of
  # x86-64 nor guarded ones of AArch64 allow: the object must not be marked as fit for them, as the compiler
  # marks all that it compiles with these options. The linker then marks no program that has it.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    check_c_compiler_flag(-fcf-protection=none SLEY_HAS_CF_PROTECTION)
    set(unmarked $<$<BOOL:${SLEY_HAS_CF_PROTECTION}>:-fcf-protection=none>)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    check_c_compiler_flag(-mbranch-protection=bti SLEY_HAS_BRANCH_PROTECTION)
    set(unmarked $<$<BOOL:${SLEY_HAS_BRANCH_PROTECTION}>:-mbranch-protection=bti>)
  endif()
  set_property(SOURCE "${switch}" APPEND PROPERTY COMPILE_OPTIONS ${unmarked})
endif()
