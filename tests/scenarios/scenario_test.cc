#include "scenarios/scenario.h"

#include <gtest/gtest.h>
