//! Columns that stand below each other.

use super::Line;

/// Where a cell stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left, as texts do.
    Left,
    /// At the right, as numbers do.
    Right,
}

/// Rows of cells.
#[derive(Debug, Clone)]
pub struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<Line>>,
    indent: usize,
}

/// The spaces between two columns.
const GAP: usize = 2;

/// A column is not made narrower than this.
const NARROWEST: usize = 8;

impl Table {
    /// A table of columns that are aligned so; cells beyond them stand at the left.
    #[must_use]
    pub fn new(aligns: &[Align]) -> Self {
        Self {
            aligns: aligns.to_vec(),
            rows: Vec::new(),
            indent: 0,
        }
    }

    /// The table with spaces before each row.
    #[must_use]
    pub fn indented(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Line>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as lines, of at most N columns of the terminal as far as that can be had: the widest columns are cut.
    #[must_use]
    pub fn lines(&self, columns: usize) -> Vec<Line> {
        let widths = self.widths(columns);
        self.rows
            .iter()
            .map(|row| self.line(row, &widths))
            .collect()
    }

    fn widths(&self, columns: usize) -> Vec<usize> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(Line::width)
                .max()
                .unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..count).map(widest).collect();
        let room = columns.saturating_sub(self.indent + GAP * count.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let over = widths.iter().sum::<usize>() - room;
            let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else {
                break;
            };
            *widest = widest.saturating_sub(over.div_ceil(2)).max(NARROWEST);
        }
        widths
    }

    fn line(&self, row: &[Line], widths: &[usize]) -> Line {
        let mut line = Line::new();
        line.space(self.indent);
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let cell = cell.fit(*width);
            let missing = width - cell.width().min(*width);
            if self.aligns.get(column) == Some(&Align::Right) {
                line.space(missing);
                line.append(&cell);
            } else {
                line.append(&cell);
                // Nothing is wider for spaces that nobody sees.
                line.space(if column + 1 < row.len() { missing } else { 0 });
            }
            line.space(if column + 1 < row.len() { GAP } else { 0 });
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::render;

    fn table(rows: &[[&str; 3]]) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Right]).indented(1);
        for row in rows {
            table.row(row.iter().map(|cell| Line::from(*cell)));
        }
        table
    }

    #[test]
    fn columns_are_aligned_by_display_width() {
        let table = table(&[["漢字", "1", "x"], ["a", "1000", "yy"]]);
        assert_eq!(
            render(&table.lines(80), false),
            " 漢字     1  x\n a     1000  yy\n"
        );
    }

    #[test]
    fn the_widest_columns_are_cut_until_it_fits() {
        let table = table(&[[
            "a name that is quite long",
            "1",
            "a text that is quite long too",
        ]]);
        let lines = table.lines(40);
        assert_eq!(
            render(&lines, false),
            " a name that is q…  1  a text that is q…\n"
        );
        assert!(
            table
                .lines(10)
                .first()
                .is_some_and(|line| line.width() == 1 + 8 + 2 + 1 + 2 + 8)
        );
        assert!(Table::new(&[]).lines(10).is_empty());
    }
}
