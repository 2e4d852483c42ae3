/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#ifndef MITOSIS_CLASSES_H
#define MITOSIS_CLASSES_H
#include "pub_tool_basics.h"
#include "pub_tool_tooliface.h"

/* In the order of what an instruction counts as when it has several: the later. */
enum operation_class { IS_SIMPLE, IS_FLOATING_POINT, IS_MULTIPLY, IS_DIVIDE };

enum operation_class class_of(IROp op);

#endif
