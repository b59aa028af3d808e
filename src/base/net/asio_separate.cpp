// Asio and Beast are compiled once, here (BOOST_*_SEPARATE_COMPILATION): elsewhere their headers bring
// declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
