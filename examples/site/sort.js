// Sorts the shop's table by the heading that was chosen; again for the other way round.
const table = document.getElementById('goods');
const status = document.getElementById('sorted');
const headings = [...table.tHead.rows[0].cells];

function keyOf(row, column) {
  const cell = row.cells[column];
  const value = cell.dataset.value ?? cell.textContent.trim();
  return cell.classList.contains('number') ? Number(value) : value.toLowerCase();
}

function sortBy(column) {
  const heading = headings[column];
  const descending = heading.getAttribute('aria-sort') === 'ascending';
  const rows = [...table.tBodies[0].rows];
  rows.sort((left, right) => {
    const a = keyOf(left, column), b = keyOf(right, column);
    return (a < b ? -1 : a > b ? 1 : 0) * (descending ? -1 : 1);
  });
  table.tBodies[0].append(...rows);
  headings.forEach(each => each.removeAttribute('aria-sort'));
  heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
  status.textContent = `Sorted by ${heading.textContent.trim().toLowerCase()}, ${descending ? 'highest' : 'lowest'} first.`;
}

headings.forEach((heading, column) => heading.querySelector('button').addEventListener('click', () => sortBy(column)));
