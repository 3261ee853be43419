// In the frame: tells the page around it how high the content is, whenever that changes. A height is all it tells.

const tell = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  window.parent.postMessage({ weDefend: "height", height }, "*");
};

if (window.parent !== window) {
  new ResizeObserver(tell).observe(document.body);
  tell();
}
