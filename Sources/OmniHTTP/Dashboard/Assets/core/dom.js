/** Builds elements without templates: texts become text nodes, never markup. */

/** @typedef {Node | string | number | false | null | undefined | Child[]} Child */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [props] `on…` are listeners, `class` and attributes by their names; `.name` sets a property;
 *   `vars` sets custom CSS properties; true is an empty attribute, false and null leave it out.
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Like `h`, for elements of SVG. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value == null) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name.startsWith('.')) element[name.slice(1)] = value;
    else if (name === 'vars')
      for (const [key, text] of Object.entries(value)) element.style.setProperty(`--${key}`, text);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === false || child == null) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what an element holds. */
export function show(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

let lastID = 0;

/** An id no other element has, for labels and descriptions. */
export function newID(prefix = 'e') {
  lastID += 1;
  return `${prefix}-${lastID}`;
}

/** Calls `work` once things have been quiet for a while. */
export function debounce(work, milliseconds = 250) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}

/** Calls `work` at most once per frame, however often it is asked for. */
export function perFrame(work) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}
