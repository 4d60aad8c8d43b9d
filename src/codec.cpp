#include <aistudio/impl/json_tree.ipp>
#include <aistudio/impl/json_value.ipp>
#include <aistudio/impl/json_writer.ipp>
