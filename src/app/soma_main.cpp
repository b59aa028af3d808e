#include "app/cli/cli.h"

int main(int argc, char** argv) {
  return soma::cli::run(argc, argv);
}
