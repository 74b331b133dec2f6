/// A page: a struct of plain values with the template that sets it.
///
/// Whoever writes a page writes its `#[derive(askama::Template)]`, too: askama gives the compiler the template's path as seen
/// from where that stands, and where griot is a dependency the compiler reads it as seen from the page.
macro_rules! page {
    (
        $(#[$of_page:meta])*
        $name:literal => $seen:vis struct $page:ident {
            $($(#[$of_field:meta])* $field_seen:vis $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$of_page])*
        #[derive(Debug, serde::Serialize)]
        #[template(path = $name)]
        $seen struct $page {
            $($(#[$of_field])* $field_seen $field: $type,)*
        }

        impl crate::templates::Page for $page {
            const NAME: &'static str = $name;
        }
    };
}

pub(crate) use page;
