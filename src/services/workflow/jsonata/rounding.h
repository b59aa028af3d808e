#pragma once

namespace soma::workflow::jsonata {

// Halves to the even digit, at so many decimal places; negative places round before the point. Never -0.
double round_half_even(double number, double places);

}  // namespace soma::workflow::jsonata
