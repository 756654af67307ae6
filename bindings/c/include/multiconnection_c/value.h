#ifndef MULTICONNECTION_C_VALUE_H
#define MULTICONNECTION_C_VALUE_H

#include "multiconnection_c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One value as ActionScript knows it: what calls and their answers carry.
 *
 * @code
 * mc_value* seat = mc_value_new_object(NULL);
 * mc_value_set(seat, "userName", mc_value_new_string("Foo"), NULL);
 * mc_value_set(seat, "number", mc_value_new_number(7), NULL);
 * @endcode
 *
 * One thread at a time may change or free a value; any number may read it.
 */
typedef struct mc_value mc_value;

/** What an mc_value holds; a later version may add some. */
typedef int32_t mc_value_kind;
enum {
  MC_VALUE_UNDEFINED = 0, /**< Also what functions say of NULL. */
  MC_VALUE_NULL = 1,
  MC_VALUE_BOOLEAN = 2,
  MC_VALUE_NUMBER = 3,
  MC_VALUE_STRING = 4,
  MC_VALUE_OBJECT = 5,
  MC_VALUE_ECMA_ARRAY = 6, /**< An object to readers; differs on the wire only. */
  MC_VALUE_ARRAY = 7,
  MC_VALUE_DATE = 8,
  MC_VALUE_XML = 9,
  MC_VALUE_BYTES = 10 /**< A byte array. */
};

/* Making values. Each returns NULL when memory is short. Who makes a value frees it, unless a
   function takes it over. */

MC_C_API mc_value* mc_value_new_undefined(void);
MC_C_API mc_value* mc_value_new_null(void);
/** @param truth  0: false; anything else: true. */
MC_C_API mc_value* mc_value_new_boolean(int32_t truth);
MC_C_API mc_value* mc_value_new_number(double number);
/** @return NULL for NULL, too. */
MC_C_API mc_value* mc_value_new_string(const char* text);
/** A string of `length` bytes, which may hold zero bytes. @return NULL for NULL, too. */
MC_C_API mc_value* mc_value_new_string_n(const char* text, size_t length);
/** @param milliseconds  since 1970-01-01 00:00 UTC. */
MC_C_API mc_value* mc_value_new_date(double milliseconds);
/** An XML document in its text form. @return NULL for NULL, too. */
MC_C_API mc_value* mc_value_new_xml(const char* text);
/**
 * A byte array.
 * @param bytes  copied; may be NULL when `count` is 0.
 * @return NULL for NULL with a count, too.
 */
MC_C_API mc_value* mc_value_new_bytes(const void* bytes, size_t count);
/** An object without members. @param class_name  of a typed object; NULL: an anonymous one. */
MC_C_API mc_value* mc_value_new_object(const char* class_name);
/** An associative array without members. */
MC_C_API mc_value* mc_value_new_ecma_array(void);
/** An array. Takes the elements over, also when it fails. @return NULL if one of them is NULL. */
MC_C_API mc_value* mc_value_new_array(mc_value* const* elements, size_t count);
MC_C_API mc_value* mc_value_copy(const mc_value* value);
MC_C_API void mc_value_free(mc_value* value);

/**
 * Sets or replaces a member; a new one goes to the end. Takes `member` over, also when it fails.
 * @return MC_INVALID_ARGUMENT for NULL, and for a value that is no object or associative array.
 */
MC_C_API mc_result mc_value_set(mc_value* object, const char* name, mc_value* member,
                                mc_error* error);

/* Reading values. Pointers that are returned belong to `value`: valid until it changes or ends. */

MC_C_API mc_value_kind mc_value_kind_of(const mc_value* value);
/** 0 or 1; `otherwise` when it is no boolean. */
MC_C_API int32_t mc_value_boolean(const mc_value* value, int32_t otherwise);
/** The number, or a date's milliseconds; `otherwise` when it is neither. */
MC_C_API double mc_value_number(const mc_value* value, double otherwise);
/**
 * The text of a string or XML document; NULL when it is neither.
 * @param length  takes the number of bytes, where a string may hold zero bytes; may be NULL.
 */
MC_C_API const char* mc_value_string(const mc_value* value, size_t* length);
/**
 * The content of a byte array; NULL when it is none, and it may be when the array is empty.
 * @param count  takes the number of bytes; may be NULL.
 */
MC_C_API const void* mc_value_bytes(const mc_value* value, size_t* count);
/** Elements of an array, members of an object; else 0. */
MC_C_API size_t mc_value_count(const mc_value* value);
/** Element or member at a place; NULL beyond the last. */
MC_C_API const mc_value* mc_value_at(const mc_value* value, size_t place);
/** Name of an object's member at a place; NULL beyond the last, and for an array. */
MC_C_API const char* mc_value_name_at(const mc_value* value, size_t place);
/** The member of that name; NULL when there is none. */
MC_C_API const mc_value* mc_value_member(const mc_value* value, const char* name);
/** The class name of a typed object; "" for an anonymous one; NULL when it is no object. */
MC_C_API const char* mc_value_class_name(const mc_value* value);
/** 1 for equal kind and content, else 0; the order of an object's members does not count. */
MC_C_API int32_t mc_value_equal(const mc_value* left, const mc_value* right);
/**
 * Writes the value in a JSON-like form for logs and people, cut to `size` bytes with the ending
 * zero byte. @return the length of the whole text, as snprintf does.
 */
MC_C_API size_t mc_value_print(const mc_value* value, char* buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
