// What all pages have in common: how elements are made and found, the line of status, problems in plain words.

export const at = (id) => document.getElementById(id);

/** Make an element; `fields` are its properties, those with a dash its attributes. */
export function make(tag, fields = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export function button(text, press, fields = {}, ...children) {
  const made = make("button", { type: "button", textContent: text, ...fields }, ...children);
  made.addEventListener("click", press);
  return made;
}

/** Give an element a text, if it is another one: what is read aloud is not read twice. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Make a list show `items`: a row is made once for each key, then only brought up to date. */
export function keyed(list, items, key, makeRow, update) {
  const rows = new Map([...list.children].map((row) => [row.dataset.key, row]));
  let before = null;
  for (const item of items) {
    let row = rows.get(key(item));
    rows.delete(key(item));
    if (!row) {
      row = makeRow(item);
      row.dataset.key = key(item);
    }
    update(row, item);
    const place = before ? before.nextSibling : list.firstChild;
    if (row !== place) list.insertBefore(row, place); // a row that is at its place keeps the focus
    before = row;
  }
  for (const row of rows.values()) row.remove();
}

export function say(text) {
  write(at("status"), text);
}

/** Show a problem, or take the last one away. */
export function problem(text) {
  at("problem").hidden = !text;
  at("problem").textContent = text ?? "";
}
