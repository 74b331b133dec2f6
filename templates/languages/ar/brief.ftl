read-on = متابعة القراءة
read-also = اقرأ أيضًا
must-read = لا يفوتك
sponsored = محتوى برعاية
coming-up = مواعيد قادمة
view-online = العرض في المتصفح
preferences = التفضيلات
unsubscribe = إلغاء الاشتراك

edition-number = العدد { $number }

brief-title = { $newsletter }، { $date }

promise = { $stories }، { $minutes }

by = بقلم { $names }
by-many =
    { $n ->
        [two] بقلم { $first } و{ $second } واثنين آخرين
       *[other] بقلم { $first } و{ $second } و{ number } آخرين
    }

also-on = أيضًا على { $platforms }

coming = «{ $newsletter }» { $often }
coming-irregular = «{ $newsletter }»

why-at-site = تصلك نشرة { $coming } لأنك اشتركت فيها عبر موقع { $site } بتاريخ { $date }.
why-with-publisher = تصلك نشرة { $coming } لأنك اشتركت فيها لدى { $publisher } بتاريخ { $date }.

get-newsletter = الاشتراك في نشرة { $coming }
