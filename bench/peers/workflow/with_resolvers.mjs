// Node.js 20 has no Promise.withResolvers, which Restate's SDK and aws-local-stepfunctions call.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};
